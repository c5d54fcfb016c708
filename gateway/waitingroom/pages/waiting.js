/* Keeps the page true: asks for the view as JSON, and writes it where the server wrote it before.
   Written for old telephones too: no syntax younger than 2012, and nothing but XMLHttpRequest.
   Without this script the page still works, by its links and forms. */
(function () {
  'use strict';

  var root = document.documentElement;
  var TURN = 10;        // seconds until it enters by itself
  var LONGEST = 120;    // seconds between two tries, while nothing answers
  /* What was said of an answer stays until another is asked for. */
  var ASKED = {wrong: 'asks', refused: 'asks', unsent: 'asks', nomore: 'asks', miscoded: 'code'};
  var PATIENCE = 20000; // milliseconds for an answer
  var words, texts, view, shown, misses = 0, failures = 0;
  var due, asked = 0, asking = null, last, checked = 0;
  var working = false, worked = '', resting = false, patient = false;
  var opens = 0, closes = 0, enters = -1, stays = false, sent = 0;
  var said = '', told = -1, audio = null, loud = false, title;

  if (!window.addEventListener || !window.XMLHttpRequest || !window.JSON) { return; }
  root.className = 'js';
  document.addEventListener('DOMContentLoaded', function () {
    try { start(); } catch (error) { root.className = ''; }
  });

  function $(id) { return document.getElementById(id); }
  function now() { return new Date().getTime(); }

  /* What stands in a text: an array of strings, and of [string] for what is isolated. */

  function fill(text, values) {
    var parts = [];
    text.split(/(\{\w+\})/).forEach(function (part) {
      var value = part.charAt(0) === '{' ? values[part.slice(1, -1)] : part;
      parts = parts.concat(value);
    });
    return parts;
  }

  function numerals(text) {
    return words.digits ? text.replace(/\d/g, function (digit) { return words.digits.charAt(+digit); }) : text;
  }

  function number(n) {
    return numerals(String(n).replace(/\B(?=(\d{3})+$)/g, words.thousands));
  }

  function form(n) {
    for (var i = 0; i < words.plural.length; i++) {
      var rule = words.plural[i], rest = rule[1] ? n % rule[1] : n;
      if (rule[2] <= rest && rest <= rule[3]) { return rule[0]; }
    }
    return 'other';
  }

  function alone(n) { return [[number(n)]]; }

  function counted(key, n) { return fill(texts[key][form(n)], {n: alone(n)}); }

  function both(large, many, small, few) {
    var first = counted(large, many);
    return few ? fill(texts.and, {a: first, b: counted(small, few)}) : first;
  }

  function span(seconds) {
    var minutes = Math.ceil(seconds / 60), hours = Math.ceil(seconds / 3600);
    if (seconds < 60) { return counted('seconds', seconds); }
    if (minutes < 60) { return counted('minutes', minutes); }
    if (minutes < 1440) { return both('hours', Math.floor(minutes / 60), 'minutes', minutes % 60); }
    return both('days', Math.floor(hours / 24), 'hours', hours % 24);
  }

  function left(seconds) { return span(seconds < 60 ? seconds : Math.floor(seconds / 60) * 60); }

  function wait(low, high) {
    var hours = high > 7200, size = hours ? 3600 : high > 600 ? 300 : 60, step = hours ? 1 : size / 60;
    var least = Math.floor(low / size) * step, most = Math.max(1, Math.ceil(high / size) * step);
    var kind = least <= 0 ? '_most' : least >= most ? '_about' : '_range';
    var text = texts[(hours ? 'hours' : 'minutes') + kind][form(most)];
    return fill(text, {low: alone(least), high: alone(most)});
  }

  function moment(at) {
    var part = /^(\d{4})-(\d\d)-(\d\d) (.{5})$/.exec(at);
    if (!part) { return at; }
    var day = (new Date(Date.UTC(+part[1], part[2] - 1, +part[3])).getUTCDay() + 6) % 7;
    return numerals(fill(texts.date, {
      day: words.days[day], date: String(+part[3]), month: words.months[part[2] - 1], time: part[4]
    }).join(''));
  }

  function two(n) { return (n < 10 ? '0' : '') + n; }

  function clock(seconds) {
    var hours = Math.floor(seconds / 3600), minutes = Math.floor(seconds / 60) % 60;
    return numerals((hours ? hours + ':' + two(minutes) : minutes) + ':' + two(seconds % 60));
  }

  /* Writing. What says the same already is not touched: who reads it aloud would begin again. */

  function put(element, parts) {
    parts = [].concat(parts);
    if (element.textContent === parts.join('')) { return; }
    element.textContent = '';
    parts.forEach(function (part) {
      var node = document.createTextNode(String(part));
      if (typeof part !== 'string') {
        var bdi = document.createElement('bdi');
        bdi.appendChild(node);
        node = bdi;
      }
      element.appendChild(node);
    });
  }

  function show(id, shows) {
    if ($(id).hidden === !!shows) { $(id).hidden = !shows; }
  }

  function mark(element, name, value) {
    if (element.getAttribute(name) !== value) { element.setAttribute(name, value); }
  }

  function line(id, parts, selector) {
    show(id, parts);
    if (parts) { put(selector ? $(id).querySelector(selector) : $(id), parts); }
  }

  function known(n) { return typeof n === 'number' && n >= 0; }

  function state() {
    if (view.done && view.done !== 'no') { return view.done; }
    if (view.asks) { return ASKED[shown] === view.asked ? shown : view.asked; }
    if (view.phase === 'over' && view.places === 0) { return 'gone'; }
    if (view.phase === 'closed' || view.phase === 'over' || view.phase === 'paused' || view.phase === 'away') {
      return view.phase;
    }
    if (view.challenge && misses < 2) { return 'work'; }
    if (!view.kept) { return misses > 1 ? 'cookies' : 'first'; }
    if (view.phase !== 'open') { return view.phase; }
    if (view.turn) { return 'turn'; }
    if (!view.number) { return 'nonumber'; }
    return view.reach === 'beyond' ? 'beyond' : 'waiting';
  }

  function render() {
    var active = document.activeElement;  // a browser forgets it as soon as it is hidden
    var is = state(), lines = words.shows[is], step = words.step[is], items = $('steps').children;
    var message = view.message[words.language] ? words.language : Object.keys(view.message)[0];
    function has(name) { return lines.indexOf(name) >= 0; }
    if (!texts[is + '_head'] && is !== shown) {  // only the server says that
      location.replace($('check').href);
      return;
    }
    mark($('room'), 'data-state', is);
    put($('head'), texts[is + '_head'] || $('head').textContent);
    put($('text'), texts[is + '_text'] || $('text').textContent);
    put($('check'), texts[is === 'expired' ? 'rejoin' : 'check']);
    for (var i = 0; i < items.length; i++) {
      mark(items[i], 'class', i + 1 < step ? 'done' : '');
      mark(items[i], 'aria-current', i + 1 === step ? 'step' : 'false');
    }
    line('number', has('number') && view.number && number(view.number), 'b');
    show('clock', has('clock') && known(view.opens_in));
    line('at', has('at') && view.opens_at &&
      fill(texts[view.phase === 'closed' || view.phase === 'over' ? 'at_next' : 'at'], {at: moment(view.opens_at)}));
    line('before', has('before') && known(view.before) && counted('people', view.before), 'dd');
    line('wait', has('wait') && (view.wait ? wait(view.wait.low, view.wait.high) : texts.wait_unknown), 'dd');
    line('places', has('places') && known(view.places) && counted('seats', view.places), 'dd');
    line('waiting', has('waiting') && known(view.waiting) && counted('people', view.waiting), 'dd');
    line('reach', has('reach') && texts['reach_' + view.reach]);
    ['steps', 'first', 'pause', 'join', 'here', 'signin', 'enter', 'check', 'sound', 'itself', 'about', 'keep', 'leave'].forEach(function (name) {
      if ($(name)) { show(name, has(name)); }  // forms for a number are only where one is asked for
    });
    show('sounds', has('sound') && loud);
    show('proof', has('proof') && view.draw);
    mark($('draw'), 'href', view.draw || '');
    line('ticket', view.ticket && view.ticket, 'code');
    line('message', message && view.message[message], 'span');
    if (message) { mark($('message').querySelector('span'), 'lang', message); }
    title = (is === 'turn' ? '● ' : is === 'waiting' && view.number ? number(view.number) + ' · ' : '') +
      $('head').textContent + ' · ' + words.title;
    if (document.title !== title) { document.title = title; }
    keep(active);
    within();
    if (is === 'turn' && shown !== 'turn') { turned(); }
    if (is !== 'turn') { enters = -1; stays = false; }
    announce(is, message);
    shown = is;
    work();
    tick();
  }

  /* The work that joining costs, while the visitor reads. The form takes it along, if there is one. */
  function work() {
    var challenge = view.challenge;
    if (!challenge || working || worked || resting) { return; }
    working = true;
    var script = new XMLHttpRequest();
    script.open('GET', words.path + '/work');
    script.onload = function () {
      try {
        var worker = new Worker(URL.createObjectURL(new Blob([script.responseText], {type: 'text/javascript'})));
        worker.onerror = unable;
        worker.onmessage = function (event) {
          worker.terminate();
          working = false;
          if (event.data < 0) { return; }
          worked = btoa(JSON.stringify({
            algorithm: challenge.algorithm, challenge: challenge.challenge, number: event.data,
            salt: challenge.salt, signature: challenge.signature
          }));
          hand();
        };
        worker.postMessage(challenge);
      } catch (error) { unable(); }
    };
    script.onerror = function () { working = false; };  // the next look tries again
    script.send();
  }

  /* It stays as it is without scripts: one waits, and comes back by the link. */
  function unable() {
    patient = true;
    $('pause').className = '';
  }

  function hand() {
    if ($('altcha')) { $('altcha').value = worked; }
    if (!worked || state() !== 'work' || asking) { return; }
    ask('POST', words.path + '/join', 'altcha=' + encodeURIComponent(worked));
    worked = '';
    resting = true;  // should it be refused, the next look brings other work
  }

  /* Who stood on what is gone now stands at the headline, and not at the page's beginning. */
  function keep(active) {
    if (active && active !== document.body && !active.getClientRects().length) { $('head').focus(); }
  }

  /* Aloud, what has really changed; and how it goes on each time half of those before are through. */
  function announce(is, message) {
    var key = [is, view.number, view.reach, message && view.message[message], failures > 0].join('|');
    var nearer = is === 'waiting' && known(view.before) && told > 0 && view.before <= told / 2;
    if (key === said && !nearer) { return; }
    var first = said === '';
    said = key;
    told = known(view.before) ? view.before : -1;
    if (first) { return; }
    put($('say'), failures ? $('net').textContent :
      [$('head')].concat(['number', 'before', 'wait', 'reach', 'within', 'message'].map($)).map(sentence).join(''));
  }

  /* What stands in a line that is shown; a label and its value with a colon between them. */
  function sentence(line) {
    if (line.hidden || line.parentNode.hidden) { return ''; }
    var parts = line.tagName === 'DIV' || line.id === 'message' ? line.children : [line];
    var said = [].map.call(parts, function (part) { return part.textContent; }).join(': ');
    return said + (/[.!?]$/.test(said) ? ' ' : '. ');
  }

  /* The turn. */

  function within() {
    var seconds = Math.max(0, Math.round((closes - now()) / 1000));
    line('within', state() === 'turn' && known(view.enter_within) && fill(texts.within, {span: left(seconds)}));
  }

  function turned() {
    enters = stays ? -1 : TURN;
    if (!loud) { return; }
    ring();
    if (navigator.vibrate) { navigator.vibrate([400, 150, 400, 150, 800]); }
  }

  function ring() {
    if (!audio) { return; }
    if (audio.resume) { audio.resume(); }
    for (var i = 0; i < 6; i++) {
      var tone = audio.createOscillator(), volume = audio.createGain(), at = audio.currentTime + i * 0.35;
      tone.frequency.value = i % 2 ? 880 : 660;
      volume.gain.setValueAtTime(0.0001, at);
      volume.gain.exponentialRampToValueAtTime(0.4, at + 0.02);
      volume.gain.exponentialRampToValueAtTime(0.0001, at + 0.3);
      tone.connect(volume);
      volume.connect(audio.destination);
      tone.start(at);
      tone.stop(at + 0.32);
    }
  }

  function enter() {
    if (now() - sent < PATIENCE || navigator.onLine === false) { return; }
    sent = now();
    enters = -1;
    $('enter').submit();
  }

  /* Each second: the clocks, and whether it is time to ask. One interval for all survives sleep. */

  function tick() {
    var time = now(), seconds;
    if (time < last - 2000) { due = time + view.poll_after * 1000; }  // the clock was set back
    last = time;
    if (!$('clock').hidden) {
      seconds = Math.max(0, Math.round((opens - time) / 1000));
      $('clock').querySelector('b').className = seconds && seconds < 86400 ? 'ticks' : '';
      put($('clock').querySelector('b'), !seconds ? texts.soon : seconds < 86400 ? clock(seconds) : span(seconds));
    }
    if (shown === 'turn') {
      seconds = Math.round((closes - time) / 1000);
      within();
      if (known(view.enter_within) && seconds <= 0) { due = Math.min(due, time); }
      show('entering', enters >= 0);
      show('notyet', enters >= 0);
      if (enters >= 0) {
        put($('entering'), fill(texts.entering, {span: counted('seconds', enters)}));
        if (!document.hidden && enters-- === 0) { enter(); }
      }
    }
    if (asking && time - asked > PATIENCE + 5000) {  // it slept meanwhile, or knows no timeout
      asking.onload = asking.onerror = asking.ontimeout = asking.onabort = null;
      asking.abort();
      asking = null;
      due = time;
    }
    if (worked) { hand(); }
    if (time >= due && (!document.hidden || loud)) { poll(); }
  }

  function poll() {
    if (asking) { return; }
    resting = false;
    ask('GET', words.path);
  }

  function ask(method, path, form) {
    var request = asking = new XMLHttpRequest();
    asked = now();
    request.open(method, path);
    request.timeout = PATIENCE;
    request.setRequestHeader('Accept', 'application/json');
    if (form) { request.setRequestHeader('Content-Type', 'application/x-www-form-urlencoded'); }
    request.onload = function () {
      var got = null;
      try { got = JSON.parse(request.responseText); } catch (error) { /* told as a failure */ }
      if (got && got.early) {  // what was said last still holds
        asking = null;
        due = now() + 1000 * got.poll_after;
      } else if (got && got.version === 1 && typeof got.phase === 'string') {
        answered(got);
      } else {
        failed(+request.getResponseHeader('Retry-After') || 0);
      }
    };
    request.onerror = request.ontimeout = request.onabort = function () { failed(0); };
    request.send(form);
  }

  function answered(got) {
    asking = null;
    failures = 0;
    show('net', false);
    take(got);
    checked = now();
    var time = new Date(checked);
    put($('checked'), fill(texts.checked, {time: [[numerals(
      [time.getHours(), time.getMinutes(), time.getSeconds()].map(two).join(':'))]]}));
    render();
  }

  function failed(after) {
    asking = null;
    failures += 1;
    var wait = Math.min(LONGEST, Math.max(5, view.poll_after) * Math.pow(2, failures - 1));
    due = now() + 1000 * Math.max(after, wait * (0.5 + Math.random() / 2));
    show('net', true);
    announce(shown, Object.keys(view.message)[0]);
  }

  function take(got) {
    var time = now(), same = view && got.ticket && view.ticket === got.ticket;
    view = got;
    view.message = view.message || {};
    due = time + Math.max(1, view.poll_after || 30) * 1000;
    opens = time + view.opens_in * 1000;
    closes = time + view.enter_within * 1000;
    misses = view.kept || same ? 0 : /^(prequeue|drawing|open)$/.test(view.phase) ? misses + 1 : misses;
  }

  function again() {
    if (!document.hidden) { tick(); }
  }

  function start() {
    words = JSON.parse($('words').textContent);
    texts = words.texts;
    shown = $('room').getAttribute('data-state');
    if (shown === 'left') { return; }  // to ask would be to come back
    if (shown === 'turn') { shown = ''; }
    last = now();
    take(JSON.parse($('view').textContent));
    if (navigator.cookieEnabled === false) { misses = 2; }
    render();
    $('check').addEventListener('click', function (event) {
      if (patient && shown === 'work') { return; }
      event.preventDefault();
      if (now() - asked > 2000) { poll(); }
    });
    $('notyet').addEventListener('click', function () {
      enters = -1;
      stays = true;
      $('enter').querySelector('.go').focus();
      tick();
    });
    $('sound').addEventListener('click', function () {
      loud = !loud;
      this.setAttribute('aria-pressed', String(loud));
      render();
      if (!loud) { return; }
      var Audio = window.AudioContext || window.webkitAudioContext;
      if (!audio && Audio) { audio = new Audio(); }
      ring();
      if (navigator.vibrate) { navigator.vibrate(200); }
    });
    $('enter').addEventListener('submit', function () { enters = -1; });
    document.addEventListener('visibilitychange', again);
    window.addEventListener('focus', again);
    window.addEventListener('pageshow', function (event) {
      if (event.persisted) { asking = null; enters = -1; stays = true; due = 0; again(); }
    });
    window.addEventListener('online', function () { due = Math.min(due, now() + 1000 * Math.random()); });
    window.addEventListener('offline', function () {
      if (asking) { asking.abort(); } else { failed(0); }
    });
    setInterval(tick, 1000);
  }
})();
