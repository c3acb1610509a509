import { defineConfig } from 'active-record-ts';

// Another database: DATABASE_URL=mysql://root@127.0.0.1:3306/shop
export default defineConfig({ connection: 'sqlite:shop.sqlite3' });
