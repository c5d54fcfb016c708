/* Has the work done (searcher.js), and hands the number in.
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