/** What time it is, for "2 h ago". The one place that reads the wall clock; it ticks twice a minute. */
let ms = $state(Date.now());
setInterval(() => {
  ms = Date.now();
}, 30_000);

export const now = {
  get ms() {
    return ms;
  },
};
