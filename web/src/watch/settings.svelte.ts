/** What a viewer likes, remembered in this browser. */
import { loadSingleKeys, saveSingleKeys } from "./single-keys";

let singleKeys = $state(loadSingleKeys(localStorage));

export const settings = {
  get singleKeys() {
    return singleKeys;
  },
  set singleKeys(on: boolean) {
    singleKeys = on;
    saveSingleKeys(localStorage, on);
  },
};
