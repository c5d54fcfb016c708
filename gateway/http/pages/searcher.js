/* Makes what tries a range of numbers, until the SHA-256 of salt and number is the one asked for. It
   stands alone: a worker is made of its text. Written for old telephones too. */
function searcher(salt, wanted) {
  'use strict';
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
