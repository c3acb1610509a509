/** What rules about sensitive attributes tell, to the log and in their messages. */
import { BaseModel, column, type Validations } from 'active-record-ts';
import { recordQueries } from 'active-record-ts/testing';
import { expect, it } from 'vitest';
import { describeModels, emptyBeforeEach } from '../support/models.ts';

class Vault extends BaseModel.with({
  id: column.id(),
  code: column.string().nullable().sensitive(),
  limit: column.integer().nullable().sensitive(),
  height: column.integer().nullable(),
  price: column.decimal(8, 2).nullable(),
}) {
  static validations = {
    code: { uniqueness: { caseSensitive: false }, length: { min: 3, message: '{value} is too short' } },
    height: { comparison: { lessThan: { attribute: 'limit' } } },
    price: { numericality: { max: { attribute: 'limit' } } },
  } satisfies Validations<typeof Vault>;
}

/** Text in the column, with a mark in front of it. */
class Parcel extends BaseModel.with({
  id: column.id(),
  code: column.custom<string, string>({
    storage: column.string(),
    load: (stored) => stored.slice(1),
    dump: (value) => `#${value}`,
  }),
}) {
  static validations = { code: { uniqueness: { caseSensitive: false } } } satisfies Validations<typeof Parcel>;
}

describeModels('rules about sensitive attributes', [Vault, Parcel], () => {
  emptyBeforeEach('vaults', 'parcels');

  it('do not log the value whose uniqueness they ask about', async () => {
    await Vault.create({ code: 'Sesame' });
    const { statements } = await recordQueries(() => new Vault({ code: 'SESAME' }).isValid());
    expect(statements.map(({ binds }) => binds)).toEqual([['[hidden]']]);
  });

  it('find the value in another case all the same', async () => {
    await Vault.create({ code: 'Sesame' });
    const second = new Vault({ code: 'SESAME' });
    await second.isValid();
    expect(second.errors.toJSON()).toEqual({ code: ['has already been taken'] });
  });

  it('compare in another case what the column holds', async () => {
    await Parcel.create({ code: 'Abc' });
    expect(await new Parcel({ code: 'aBC' }).isValid()).toBe(false);
    expect(await new Parcel({ code: 'aBD' }).isValid()).toBe(true);
  });

  it('do not tell the value that another one is compared with', async () => {
    const vault = new Vault({ limit: 77, height: 99, price: '99' });
    await vault.isValid();
    expect(vault.errors.fullMessages()).toEqual([
      'Height must be less than [hidden]',
      'Price must be less than or equal to [hidden]',
    ]);
    expect(JSON.stringify(vault.errors.details)).not.toContain('77');
  });

  it('do not put the value into a message of their own', async () => {
    const vault = new Vault({ code: 'ab' });
    await vault.isValid();
    expect(vault.errors.toJSON()).toEqual({ code: ['[hidden] is too short'] });
  });
});
