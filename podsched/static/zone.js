// Offers the browser's zone, and shows the clock there: privacy browsers say UTC, so people should see it.
(() => {
  const field = document.querySelector("[data-zone]");
  if (!field) return;
  const select = field.querySelector("select");
  const words = field.querySelector("[data-zone-clock]");
  const place = (zone) => zone.split("/").pop().replaceAll("_", " ");
  const say = () => {
    if (!select.value) { words.textContent = ""; return; }
    const time = new Intl.DateTimeFormat("en-GB", { timeZone: select.value, hour: "2-digit", minute: "2-digit" });
    words.textContent = `It is ${time.format(new Date())} in ${place(select.value)}, right?`;
  };
  const mine = Intl.DateTimeFormat().resolvedOptions().timeZone;
  // Browsers call some places by an older name than the list does, Kolkata by Calcutta: theirs for both is the same.
  const theirs = (zone) => {
    try {
      return new Intl.DateTimeFormat("en-GB", { timeZone: zone }).resolvedOptions().timeZone;
    } catch {
      return zone;
    }
  };
  if (!select.value && mine) {
    const listed = [...select.options].map((option) => option.value).filter(Boolean);
    const found = listed.find((zone) => zone === mine) ?? listed.find((zone) => theirs(zone) === mine);
    if (!found) select.add(new Option(mine, mine));
    select.value = found ?? mine;
  }
  select.addEventListener("change", say);
  setInterval(say, 20000);
  say();
})();
