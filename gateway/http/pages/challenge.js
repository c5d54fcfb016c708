/* Tries numbers until the SHA-256 of salt and number is the one asked for, and hands the number in.
   Written for old telephones too: no syntax younger than 2012. */
(function () {
  'use strict';

  var TEXTS = {
    work: ['جارٍ التحقق…', 'Checking…'],
    done: ['تمّ. تُفتح الصفحة الآن…', 'Done. The page is opening…'],
    again: ['تمّ التحقق، لكن ما أرسلته لم يصل بعد: عُد إلى الصفحة السابقة وأرسله مرة أخرى.',
      'Done, but what you sent has not arrived yet: go back to the page before and send it again.'],
    cookies: ['متصفحك لا يقبل ملفات تعريف الارتباط (cookies) من هذا الموقع، ولا يمكن المتابعة من دونها. اسمح بها ثم حاول من جديد.',
      'Your browser does not accept cookies from this site, and it cannot go on without them. Allow them, then try again.'],
    failed: ['تعذّر إكمال التحقق. تأكد من الاتصال بالإنترنت ثم حاول من جديد. إن تكرر ذلك فجرّب متصفحاً آخر، أو اتصل بالجهة المشغّلة للخدمة واذكر رقم الطلب.',
      'The check could not be completed. See that you are online and try again. If it happens again, try another browser, or contact the service and give them the request number.'],
    loop: ['تمّ التحقق، لكن الخدمة تطلبه مرة أخرى. انتظر قليلاً ثم حاول من جديد.',
      'The check is done, but the service asks for it again. Wait a little, then try again.']
  };
  var RETRY = ['حاول من جديد', 'Try again'];
  var BACK = ['العودة', 'Go back'];
  var PATH = '/.dawr/challenge';
  var main = document.getElementById('challenge');
  var tries = 0;

  function each(selector, act) {
    var found = main.querySelectorAll(selector);
    for (var i = 0; i < found.length; i++) {
      act(found[i], found[i].getAttribute('data-language') === 'en' ? 1 : 0);
    }
  }

  function say(name, label, act) {
    each('.now', function (one, language) {
      one.hidden = false;
      one.textContent = TEXTS[name][language];
    });
    each('button[data-language]', function (one, language) {
      one.hidden = !label;
      if (label) {
        one.textContent = label[language];
        one.onclick = act;
      }
    });
    each('.alone', function (one) { one.hidden = !!label; });
    if (name !== 'work') {
      each('progress', function (one) { one.hidden = true; });
    }
  }

  function progress(share) {
    each('progress', function (one) {
      one.hidden = false;
      one.value = share;
    });
  }

  /* Makes what searches a range of numbers. It stands alone: a worker is made of its text. */
  function searcher(salt, wanted) {
    var K = [], W = new Int32Array(64), target = [], block = new Uint8Array(64);
    var hex = '428a2f9871374491b5c0fbcfe9b5dba53956c25b59f111f1923f82a4ab1c5ed5d807aa9812835b01243185be550c7dc372be5d7480deb1fe9bdc06a7c19bf174e49b69c1efbe47860fc19dc6240ca1cc2de92c6f4a7484aa5cb0a9dc76f988da983e5152a831c66db00327c8bf597fc7c6e00bf3d5a7914706ca63511429296727b70a852e1b21384d2c6dfc53380d13650a7354766a0abb81c2c92e92722c85a2bfe8a1a81a664bc24b8b70c76c51a3d192e819d6990624f40e3585106aa07019a4c1161e376c082748774c34b0bcb5391c0cb34ed8aa4a5b9cca4f682e6ff3748f82ee78a5636f84c878148cc7020890befffaa4506cebbef9a3f7c67178f2';
    var i, first = salt.length >> 2;
    for (i = 0; i < 64; i++) { K[i] = parseInt(hex.substr(i * 8, 8), 16) | 0; }
    K = new Int32Array(K);
    for (i = 0; i < 8; i++) { target[i] = parseInt(wanted.substr(i * 8, 8), 16) | 0; }
    if (salt.length > 47) { throw new Error('more than one block'); }
    for (i = 0; i < salt.length; i++) { block[i] = salt.charCodeAt(i); }
    function pack(from) {
      for (var i = from; i < 16; i++) {
        W[i] = block[4 * i] << 24 | block[4 * i + 1] << 16 | block[4 * i + 2] << 8 | block[4 * i + 3];
      }
    }
    function fits() {
      var a = 0x6a09e667, b = 0xbb67ae85 | 0, c = 0x3c6ef372, d = 0xa54ff53a | 0;
      var e = 0x510e527f, f = 0x9b05688c | 0, g = 0x1f83d9ab, h = 0x5be0cd19, i, x, y, s, t;
      for (i = 16; i < 64; i++) {
        x = W[i - 15];
        y = W[i - 2];
        W[i] = W[i - 16] + W[i - 7] + ((x >>> 7 | x << 25) ^ (x >>> 18 | x << 14) ^ x >>> 3) +
          ((y >>> 17 | y << 15) ^ (y >>> 19 | y << 13) ^ y >>> 10) | 0;
      }
      for (i = 0; i < 64; i++) {
        s = h + ((e >>> 6 | e << 26) ^ (e >>> 11 | e << 21) ^ (e >>> 25 | e << 7)) +
          (g ^ e & (f ^ g)) + K[i] + W[i] | 0;
        t = ((a >>> 2 | a << 30) ^ (a >>> 13 | a << 19) ^ (a >>> 22 | a << 10)) +
          (a & b | c & (a | b)) | 0;
        h = g; g = f; f = e; e = d + s | 0; d = c; c = b; b = a; a = s + t | 0;
      }
      return (a + 0x6a09e667 | 0) === target[0] && (b + 0xbb67ae85 | 0) === target[1] &&
        (c + 0x3c6ef372 | 0) === target[2] && (d + 0xa54ff53a | 0) === target[3] &&
        (e + 0x510e527f | 0) === target[4] && (f + 0x9b05688c | 0) === target[5] &&
        (g + 0x1f83d9ab | 0) === target[6] && (h + 0x5be0cd19 | 0) === target[7];
    }
    pack(0);
    return function (from, to) {
      for (var number = from; number < to; number++) {
        var digits = String(number), end = salt.length + digits.length;
        for (var i = 0; i < digits.length; i++) { block[salt.length + i] = digits.charCodeAt(i); }
        block[end] = 128;
        block[62] = end >> 5;
        block[63] = end << 3 & 255;
        pack(first);
        if (fits()) { return number; }
      }
      return -1;
    };
  }

  /* In the page itself, in slices, where a worker cannot be had. */
  function solveHere(challenge, found, failed) {
    var search = searcher(challenge.salt, challenge.challenge), at = 0;
    (function slice() {
      var number = -1, until = Date.now() + 50;
      while (number < 0 && at <= challenge.maxnumber && Date.now() < until) {
        number = search(at, Math.min(at + 500, challenge.maxnumber + 1));
        at += 500;
      }
      if (number >= 0) { found(number); return; }
      if (at > challenge.maxnumber) { failed(); return; }
      progress(at / challenge.maxnumber);
      setTimeout(slice, 0);
    })();
  }

  function solve(challenge, found, failed) {
    var worker, url, ended = false;
    function here() {
      if (ended) { return; }
      ended = true;
      if (worker) { worker.terminate(); }
      solveHere(challenge, found, failed);
    }
    try {
      url = URL.createObjectURL(new Blob(['onmessage=function(e){var c=e.data,f=(' + searcher +
        ')(c.salt,c.challenge),n=-1,i=0;for(;n<0&&i<=c.maxnumber;i+=2000){postMessage([0,i]);' +
        'n=f(i,Math.min(i+2000,c.maxnumber+1))}postMessage([1,n])}'], {type: 'text/javascript'}));
      worker = new Worker(url);
    } catch (error) {
      here();
      return;
    }
    worker.onerror = here;
    worker.onmessage = function (event) {
      if (ended) { return; }
      if (!event.data[0]) { progress(event.data[1] / challenge.maxnumber); return; }
      ended = true;
      worker.terminate();
      URL.revokeObjectURL(url);
      if (event.data[1] < 0) { failed(); } else { found(event.data[1]); }
    };
    worker.postMessage(challenge);
  }

  function ask(method, body, good, bad) {
    var request = new XMLHttpRequest();
    request.open(method, PATH);
    request.timeout = 20000;
    request.setRequestHeader('Accept', 'application/json');
    if (body) { request.setRequestHeader('Content-Type', 'application/x-www-form-urlencoded'); }
    request.onload = function () {
      if (request.status === 200 || request.status === 204) { good(request.responseText); } else { bad(); }
    };
    request.onerror = request.ontimeout = bad;
    request.send(body);
  }

  function reload() {
    if (main.getAttribute('data-back')) {
      location.replace(main.getAttribute('data-to'));
    } else {
      location.reload();
    }
  }

  function passed() {
    var before = 0;
    if (main.getAttribute('data-again')) {
      say('again', BACK, function () { history.back(); });
      return;
    }
    try {
      before = +sessionStorage.getItem('dawr') || 0;
      sessionStorage.setItem('dawr', String(Date.now()));
    } catch (error) { /* Without storage a loop is not noticed. */ }
    if (Date.now() - before < 10000) { say('loop', RETRY, reload); return; }
    say('done');
    reload();
  }

  function failed() {
    tries += 1;
    if (tries > 1) {
      say('failed', RETRY, function () { tries = 0; renew(); });
      return;
    }
    setTimeout(renew, 1000);
  }

  function renew() {
    say('work');
    ask('GET', null, function (text) {
      var challenge;
      try { challenge = JSON.parse(text); } catch (error) { failed(); return; }
      meet(challenge);
    }, failed);
  }

  function meet(challenge) {
    progress(0);
    solve(challenge, function (number) {
      var solution = {
        algorithm: challenge.algorithm, challenge: challenge.challenge, number: number,
        salt: challenge.salt, signature: challenge.signature
      };
      progress(1);
      ask('POST', 'altcha=' + encodeURIComponent(btoa(JSON.stringify(solution))), passed, failed);
    }, failed);
  }

  if (navigator.cookieEnabled === false) {
    say('cookies', RETRY, reload);
  } else {
    say('work');
    window.onerror = failed;
    meet(JSON.parse(main.getAttribute('data-challenge')));
  }
})();