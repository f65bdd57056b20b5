/** Whether single-key shortcuts act, remembered in this browser. The store is a parameter. */
const KEY = "aside.single_keys";

export const loadSingleKeys = (store: Pick<Storage, "getItem">): boolean => store.getItem(KEY) !== "off";

export const saveSingleKeys = (store: Pick<Storage, "setItem">, on: boolean): void =>
  store.setItem(KEY, on ? "on" : "off");
