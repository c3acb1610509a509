export interface Token {
  readonly kind: 'name' | 'value' | 'placeholder' | 'word' | 'symbol' | 'comment' | 'bad';
  readonly text: string;
}
export function tokenize(sql: string, quote: '`' | '"'): Token[];
export function shapeOf(sql: string, quote: '`' | '"'): string;
