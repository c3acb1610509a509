/** How a record is saved. */
export interface SaveOptions {
  /** `false`: the model's validations are not asked. What a column cannot hold is refused all the same. */
  readonly validate?: boolean;
  /** Also asks the rules of that context: those with `on: 'publish'`. */
  readonly context?: string;
}
