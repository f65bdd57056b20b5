import { expect, test } from "vitest";
import { ConnectionPool, MAX_CONNECTIONS, share } from "./connections";

/** Tabs of one browser: what one says all others hear. Time and timers are turned by hand. */
function browser() {
  const clock = { now: 1000 };
  const ears: ((event: MessageEvent) => void)[] = [];
  const timers = new Set<() => void>();
  const tab = (id: string) => {
    let mine: (event: MessageEvent) => void = () => {};
    const channel = {
      postMessage: (data: unknown) => {
        for (const ear of ears) if (ear !== mine) ear({ data } as MessageEvent);
      },
      addEventListener: (_: string, ear: unknown) => {
        mine = ear as typeof mine;
        ears.push(mine);
      },
      close: () => {},
    };
    const every = (_: number, act: () => void) => {
      timers.add(act);
      return () => timers.delete(act);
    };
    return new ConnectionPool({
      channel: channel as unknown as BroadcastChannel,
      id,
      now: () => clock.now,
      every,
      soon: (act) => act(),
    });
  };
  const pass = (ms: number) => {
    clock.now += ms;
    for (const act of [...timers]) act();
  };
  return { tab, pass, timers };
}

test("a tab that is alone may hold all connections, and none while nobody sees or hears it", () => {
  const tab = browser().tab("a");
  expect(tab.share).toBe(0);
  tab.activate(true);
  expect(tab.share).toBe(MAX_CONNECTIONS);
  tab.activate(false);
  expect(tab.share).toBe(0);
});

test("however many tabs there are, they hold no more than there are connections, and the one in use has one", () => {
  for (let count = 1; count <= 20; count++) {
    const { tab, pass } = browser();
    const tabs = Array.from({ length: count }, (_, n) => tab(`tab ${n}`));
    for (const it of tabs) it.activate(true);
    pass(1);
    tabs[0]?.touch();
    const shares = tabs.map((it) => it.share);
    expect(shares.reduce((sum, n) => sum + n, 0)).toBe(MAX_CONNECTIONS);
    expect(shares[0]).toBeGreaterThan(0);
  }
});

test("what a tab gives up the others may use at once", () => {
  const { tab } = browser();
  const [a, b] = [tab("a"), tab("b")];
  a.activate(true);
  b.activate(true);
  expect([a.share, b.share]).toEqual([2, 2]);
  let told = 0;
  a.observe(() => (told += 1));
  b.activate(false);
  expect([a.share, b.share, told]).toEqual([MAX_CONNECTIONS, 0, 1]);
});

test("a tab that is gone without a word is forgotten", () => {
  const { tab, pass, timers } = browser();
  const [a, b] = [tab("a"), tab("b")];
  a.activate(true);
  b.activate(true);
  timers.delete([...timers][1] ?? (() => {}));
  for (let n = 0; n < 5; n++) pass(2000);
  expect(a.share).toBe(MAX_CONNECTIONS);
});

test("all tabs come to the same shares from what they know of each other", () => {
  const tabs = [3, 9, 9, 1, 5].map((at, n) => ({ id: `t${n}`, at }));
  const shares = tabs.map((me) =>
    share(
      me,
      tabs.filter((it) => it !== me),
    ),
  );
  expect(shares).toEqual([1, 1, 1, 0, 1]);
});
