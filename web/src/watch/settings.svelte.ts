/** What a viewer likes, remembered in this browser. */
const KEY = "aside.single_keys";

let singleKeys = $state(localStorage.getItem(KEY) !== "off");

export const settings = {
  get singleKeys() {
    return singleKeys;
  },
  set singleKeys(on: boolean) {
    singleKeys = on;
    localStorage.setItem(KEY, on ? "on" : "off");
  },
};
