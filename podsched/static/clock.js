// Counts the present item of the agenda down. Without script the page says until when it lasts.
(() => {
  const clock = document.querySelector("[data-ends]");
  if (!clock) return;
  const ends = new Date(clock.dataset.ends).getTime();
  const show = () => {
    const left = Math.round((ends - Date.now()) / 1000);
    const seconds = Math.abs(left);
    const words = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    clock.textContent = left < 0 ? `${words} over` : words;
    clock.classList.toggle("over", left < 0);
  };
  setInterval(show, 1000);
  show();
})();
