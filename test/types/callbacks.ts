import {
  BaseModel,
  belongsTo,
  type CallbackEvent,
  type CallbackOptions,
  column,
  halt,
  hasMany,
  type Proceed,
} from 'active-record-ts';

// What must and what must not compile among callbacks. The models refer to each other in circles.

export class Shop extends BaseModel.with({
  id: column.id(),
  name: column.string(),
  closedAt: column.datetime().nullable(),
  get orders() {
    return hasMany(Order);
  },
}) {
  override beforeSave() {
    this.name = this.name.trim();
  }
  override async afterCreate() {
    await Order.create({ note: this.name, shopId: this.id });
  }
  override async aroundSave(proceed: Proceed) {
    await proceed();
    await super.aroundSave(proceed);
  }
  greet() {
    return `Hi ${this.name}`;
  }
}

export class Order extends BaseModel.with({
  id: column.id(),
  note: column.string().nullable(),
  shopId: column.references('shops'),
  get shop() {
    return belongsTo(Shop);
  },
}) {
  override async beforeSave() {
    const shop = await this.shop;
    if (shop.closedAt !== null) halt(`${shop.name} is closed`);
  }
  override async beforeDestroy(): Promise<void> {
    await super.beforeDestroy();
  }
  override afterInitialize() {
    this.note ??= 'none';
  }
}

export class LateOrder extends Order {
  override async beforeSave() {
    await super.beforeSave();
  }
}

export const off: () => void = Shop.before('save', (shop) => {
  shop.name = shop.greet();
});
Shop.after('commit', async (shop) => (await shop.orders)[0]?.note, { on: ['create', 'update'], prepend: true });
Shop.around('create', (shop, proceed) => (shop.closedAt === null ? proceed() : halt('closed')));
Order.before('validation', (order) => order.errors.add('note', 'is missing'), {
  on: 'create',
  if: (order) => order.note === null,
  unless: async (order) => (await order.shop).closedAt !== null,
});
LateOrder.after('find', (order) => order.note?.length);
export const options: CallbackOptions<Order> = { if: ({ note }) => note !== null };
Order.after('touch', () => undefined, options);
for (const event of ['save', 'commit'] satisfies CallbackEvent[]) Order.after(event, () => undefined);

// @ts-expect-error: no such attribute
Shop.before('save', (shop) => shop.nmae);
// @ts-expect-error: there is nothing before a commit
Shop.before('commit', () => undefined);
// @ts-expect-error: a touch has nothing around it
Shop.around('touch', (_, proceed) => proceed());
// @ts-expect-error: no such event
Shop.after('saved', () => undefined);
// @ts-expect-error: no such action
Shop.after('commit', () => undefined, { on: 'touch' });
// @ts-expect-error: no such option
Shop.after('commit', () => undefined, { when: () => true });
// @ts-expect-error: of another model
Shop.before('save', (order: Order) => order.note, { if: (shop) => shop.name !== '' });
// @ts-expect-error: no such attribute in a condition
Order.before('save', () => undefined, { unless: (order) => order.name });

export class Wrong extends BaseModel.with({ id: column.id() }) {
  // @ts-expect-error: gives nothing
  override beforeSave() {
    return false;
  }
  // @ts-expect-error: is given nothing
  override afterSave(previous: object) {
    void previous;
  }
}

export class Misspelt extends BaseModel.with({ id: column.id() }) {
  // @ts-expect-error: there is no such callback to override
  override beforeSaved() {}
}
