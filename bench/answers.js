/** What a system answers, made canonical: count and checksum of every field, so that none wins by doing less. */
import { createHash } from 'node:crypto';
import { changedKey } from './data.js';

const decimal = (value) => Number(value).toFixed(2);
const time = (value) => {
  if (value instanceof Date) return value.toISOString();
  // DateTime of Luxon, and the like.
  if (typeof value?.toJSDate === 'function') return value.toJSDate().toISOString();
  if (typeof value === 'number') return new Date(value).toISOString();
  const text = String(value).replace(' ', 'T');
  return new Date(/Z$|[+-]\d\d(:?\d\d)?$/.test(text) ? text : `${text}Z`).toISOString();
};
const sorted = (value) => {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sorted(value[key])]),
  );
};
const json = (value) => JSON.stringify(sorted(typeof value === 'string' ? JSON.parse(value) : value));
const flag = (value) => String(value === true || Number(value) === 1);
const whole = (value) => String(BigInt(value));

const fields = {
  user: {
    id: whole,
    name: String,
    email: String,
    age: whole,
    balance: decimal,
    active: flag,
    visits: whole,
    preferences: json,
    createdAt: time,
    updatedAt: time,
  },
  post: {
    id: whole,
    userId: whole,
    title: String,
    body: String,
    published: flag,
    score: decimal,
    createdAt: time,
    updatedAt: time,
  },
  comment: { id: whole, postId: whole, author: String, body: String, createdAt: time, updatedAt: time },
};

/** One record as a line of text. @param {'user' | 'post' | 'comment'} kind */
export function line(kind, values, without = []) {
  const parts = Object.entries(fields[kind])
    .filter(([name]) => !without.includes(name))
    .map(([name, canonical]) => {
      const value = values[name];
      if (value === undefined || value === null) throw new Error(`${kind}.${name} is ${value}`);
      return canonical(value);
    });
  return parts.join('|');
}

const digest = (lines) => `${lines.length} ${createHash('sha256').update(lines.join('\n')).digest('hex').slice(0, 16)}`;
const byText = (a, b) => (a < b ? -1 : 1);

/** What a system answers to each workload, in a text that has to be the same for all of them. */
export async function answersOf(system, newUser, database) {
  const user = (each) => line('user', system.plainUser(each));
  const users = (list) => digest([...list].map(user));
  const answers = {
    W1: user(await system.find(77)),
    W2: users(await system.some(13)),
    W3: digest([...(await system.load())].map(user).sort(byText)),
    W3t: String([...(await system.load())].length),
    W7: digest(
      [...(await system.nested(101))].flatMap((each) => [
        user(each),
        ...[...system.posts(each)]
          .map((post) =>
            [
              line('post', system.plainPost(post)),
              ...[...system.comments(post)]
                .map((comment) => line('comment', system.plainComment(comment)))
                .sort(byText),
            ].join('\n'),
          )
          .sort(byText),
      ]),
    ),
    W8: digest((await Promise.all(Array.from({ length: 64 }, (_, index) => system.find(index + 1)))).map(user)),
    W10: digest([...(await system.authorsInTurn(201))]),
    W10c: digest([...(await system.authorsAtOnce(201))]),
  };
  const fresh = newUser(50_001);
  const id = await system.create(fresh);
  answers.W4 = line('user', system.plainUser(await system.find(id)), ['id', 'createdAt', 'updatedAt']);
  await database.restore();
  const list = Array.from({ length: 1_000 }, (_, index) => newUser(60_000 + index));
  await system.createMany(list);
  answers.W5 = String(await database.countNew());
  await database.restore();
  answers.W6 = await changed(system);
  await database.restore();
  return answers;
}

async function changed(system) {
  const before = Number(system.plainUser(await system.find(changedKey)).age);
  const age = Number(await system.change(changedKey));
  const after = Number(system.plainUser(await system.find(changedKey)).age);
  if (after !== age) throw new Error(`the changed age was not saved: ${after}, not ${age}`);
  return String((age - before + 100) % 100);
}
