// The site works without this file. It keeps the numbers of the live page fresh.
"use strict";

(() => {
  const board = document.querySelector("[data-live]");
  if (!board) return;
  const state = document.querySelector("[data-live-state]");
  const FIRST_WAIT = 1000;
  const LONGEST_WAIT = 30000;
  const PING_EVERY = 20000;
  let wait = FIRST_WAIT;

  const show = (left) => {
    for (const cell of board.querySelectorAll("[data-branch]")) {
      const count = left[cell.dataset.branch]?.[cell.dataset.date];
      if (count !== undefined) cell.textContent = count;
    }
  };

  const connect = () => {
    const address = new URL("/live/socket", location.href);
    address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(address);
    let pinging;
    socket.onopen = () => {
      wait = FIRST_WAIT;
      state.textContent = state.dataset.on;
      pinging = setInterval(() => socket.send("ping"), PING_EVERY);
    };
    socket.onmessage = ({ data }) => {
      if (data === "pong") return;
      const message = JSON.parse(data);
      if (message.type === "places") show(message.left);
    };
    socket.onclose = () => {
      clearInterval(pinging);
      state.textContent = state.dataset.lost;
      setTimeout(connect, wait);
      wait = Math.min(wait * 2, LONGEST_WAIT);
    };
  };

  connect();
})();
