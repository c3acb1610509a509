import type { Finding, Found } from './rule.ts';

/**
 * A validator of the Standard Schema specification: of Zod, Valibot, ArkType and others. See https://standardschema.dev.
 */
export interface StandardSchema {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => StandardResult | Promise<StandardResult>;
  };
}

/** What a validator of a schema answers. */
export type StandardResult =
  | { readonly value: unknown; readonly issues?: undefined }
  | { readonly issues: readonly StandardIssue[] };

export interface StandardIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** Schemas are objects or, with some libraries, functions. */
export function isStandardSchema(value: unknown): value is StandardSchema {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null || !('~standard' in value))
    return false;
  const standard = value['~standard'];
  return (
    typeof standard === 'object' &&
    standard !== null &&
    'validate' in standard &&
    typeof standard.validate === 'function'
  );
}

/** @param isWhole - the first part of an issue's path names the attribute */
export async function askSchema(schema: StandardSchema, value: unknown, isWhole: boolean): Promise<Found> {
  const { issues } = await schema['~standard'].validate(value);
  return (issues ?? []).map((issue) => findingOf(issue, isWhole));
}

function findingOf({ message, path = [] }: StandardIssue, isWhole: boolean): Finding {
  // ArkType's path is a list of a class of its own, whose map gives another of that.
  const keys = Array.from(path, (part) => String(typeof part === 'object' ? part.key : part));
  const [attribute, ...inner] = isWhole ? keys : [undefined, ...keys];
  return {
    type: 'invalid',
    message: withoutPath(message, keys),
    ...(inner.length === 0 ? {} : { details: { path: inner.join('.') } }),
    ...(isWhole ? { attribute: attribute ?? 'base' } : {}),
  };
}

/** `size must be positive`, as ArkType words it: what it is about is told apart from the message. */
function withoutPath(message: string, keys: readonly string[]): string {
  const path = keys.map((key) => (/^\d+$/.test(key) ? `[${key}]` : `.${key}`)).join('');
  const text = `${path.replace(/^\./, '')} `;
  return keys.length > 0 && message.startsWith(text) ? message.slice(text.length) : message;
}
