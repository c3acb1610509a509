export declare class Cutter {
  cuts: 'before' | 'answer' | undefined;
  constructor(target: URL);
  open(): Promise<number>;
  cut(): void;
  close(): void;
}
