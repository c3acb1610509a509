import { Link } from './link.ts';
import { keepPicture } from './picture.ts';
import { linksKey, type RecordState } from './state.ts';

/** What a record holds for an association, by its position; undefined while nothing has touched it. */
export function linkAt(record: RecordState, index: number): Link<RecordState> | undefined {
  keepPicture(record);
  return record[linksKey]?.[index];
}

/** The same, made where there is none. */
export function ensureLink(record: RecordState, index: number): Link<RecordState> {
  keepPicture(record);
  let links = record[linksKey];
  if (links === undefined) {
    // No longer than it has to be: an empty array makes room for many at its first element.
    links = new Array(index + 1);
    record[linksKey] = links;
  }
  let link = links[index];
  if (link === undefined) {
    link = new Link<RecordState>();
    links[index] = link;
  }
  return link;
}

/** Forgets what was loaded, all of it: the next use asks again. */
export function forgetLinks(record: RecordState): void {
  for (const link of record[linksKey] ?? []) {
    if (link !== undefined) forget(link);
  }
}

/** What is being loaded for it now was asked for too early: whoever waits for it asks again. */
export function outdate(link: Link<RecordState>): void {
  link.version += 1;
  link.loading = undefined;
}

/** Forgets what was loaded for one association; what the program was given for it stays valid. */
export function forget(link: Link<RecordState>): void {
  link.isLoaded = false;
  link.isNarrowed = false;
  link.one = null;
  link.many = undefined;
  link.key = undefined;
  outdate(link);
  link.pending = undefined;
  link.replaced = undefined;
  link.replacesAll = false;
  link.doomed = undefined;
  link.nested = undefined;
}
