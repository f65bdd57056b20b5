/** What a viewer likes, remembered in this browser. */
import { findSingleKeys, keepSingleKeys } from "./single-keys";

let singleKeys = $state(findSingleKeys(localStorage));

export const settings = {
  get singleKeys() {
    return singleKeys;
  },
  set singleKeys(on: boolean) {
    singleKeys = on;
    keepSingleKeys(localStorage, on);
  },
};
