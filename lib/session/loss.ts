import type { SessionTransactions } from './transactions.ts';

const forgotten = new FinalizationRegistry<SessionTransactions>((transactions) => {
  if (!transactions.isOpen) return;
  process.emitWarning(
    'A Session was forgotten with an open transaction, which held its connection. It is rolled back. End each session with commit(), rollback() or close(): await using session = new Session() does.',
    { code: 'AR_SESSION_FORGOTTEN' },
  );
  // There is nobody left to tell.
  transactions.rollback().catch(() => undefined);
});

/** Where the program lets go of a session without ending it, its transaction is rolled back and a warning says so. */
export function watchForLoss(session: object, transactions: SessionTransactions): void {
  forgotten.register(session, transactions);
}
