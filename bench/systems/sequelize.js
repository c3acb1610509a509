/** Sequelize 6: classes with `init`. */
export const name = 'sequelize';
export const kind = 'instances';
export const dialects = ['mysql'];

export async function open(url) {
  const { DataTypes, Model, Op, Sequelize } = await import('sequelize');
  const sequelize = new Sequelize(url, {
    dialect: 'mysql',
    logging: false,
    pool: { max: 10 },
    define: { underscored: true },
  });
  class User extends Model {}
  User.init(
    {
      name: { type: DataTypes.STRING, allowNull: false },
      email: { type: DataTypes.STRING, allowNull: false },
      age: DataTypes.INTEGER,
      balance: { type: DataTypes.DECIMAL(12, 2), allowNull: false, defaultValue: '0.00' },
      active: { type: DataTypes.BOOLEAN, allowNull: false },
      visits: { type: DataTypes.BIGINT, allowNull: false },
      preferences: DataTypes.JSON,
    },
    { sequelize, modelName: 'user' },
  );
  class Post extends Model {}
  Post.init(
    {
      title: { type: DataTypes.STRING, allowNull: false },
      body: { type: DataTypes.TEXT, allowNull: false },
      published: { type: DataTypes.BOOLEAN, allowNull: false },
      score: { type: DataTypes.DECIMAL(12, 2), allowNull: false },
    },
    { sequelize, modelName: 'post' },
  );
  class Comment extends Model {}
  Comment.init(
    {
      author: { type: DataTypes.STRING, allowNull: false },
      body: { type: DataTypes.STRING, allowNull: false },
    },
    { sequelize, modelName: 'comment' },
  );
  User.hasMany(Post);
  Post.belongsTo(User);
  Post.hasMany(Comment);
  Comment.belongsTo(Post);
  const between = (first) => ({ id: { [Op.between]: [first, first + 99] } });
  const nameOf = async (post) => (await post.getUser()).name;
  return {
    find: (id) => User.findByPk(id),
    some: (age) => User.findAll({ where: { age }, order: [['id', 'DESC']], limit: 50 }),
    load: () => User.findAll({ where: { id: { [Op.lte]: 10_000 } } }),
    read: (user) =>
      user.id +
      user.name.length +
      user.email.length +
      user.age +
      user.balance.length +
      (user.active ? 1 : 0) +
      Number(user.visits) +
      user.preferences.size +
      user.createdAt.getTime() +
      user.updatedAt.getTime(),
    create: async (given) => (await User.create(given)).id,
    createMany: async (list) => {
      await User.bulkCreate(list);
    },
    change: async (id) => {
      const user = await User.findByPk(id);
      user.age = (user.age + 1) % 100;
      await user.save();
      return user.age;
    },
    nested: (first) =>
      User.findAll({ where: between(first), order: ['id'], include: { model: Post, include: Comment } }),
    posts: (user) => user.posts,
    comments: (post) => post.comments,
    authorsInTurn: async (first) => {
      const names = [];
      for (const post of await Post.findAll({ where: between(first) })) names.push(await nameOf(post));
      return names;
    },
    authorsAtOnce: async (first) => Promise.all((await Post.findAll({ where: between(first) })).map(nameOf)),
    plainUser: (user) => user.get(),
    plainPost: (post) => post.get(),
    plainComment: (comment) => comment.get(),
    close: () => sequelize.close(),
  };
}
