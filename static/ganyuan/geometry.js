// Shapes as layers/encode.py writes them, and coordinates in the 3-degree zones of CGCS2000.
"use strict";

window.ganyuan = window.ganyuan || {};

// -> per feature, per part, per ring: arrays of [lat, lon]
ganyuan.decode = function (shapes) {
  const { xy, rings, parts, owners, scale } = shapes;
  let x = 0, y = 0, at = 0, ring = 0, part = 0;
  const position = () => {
    x += xy[at++];
    y += xy[at++];
    return [y / scale, x / scale];
  };
  const line = () => Array.from({ length: rings[ring++] }, position);
  const group = () => Array.from({ length: parts[part++] }, line);
  return owners.map((n) => Array.from({ length: n }, group));
};

// Gauss-Krueger coordinates in metres (Krueger's series in n, to the fourth order; error below 1 mm
// within a zone) on the CGCS2000 ellipsoid, with false easting 500 km and no zone number.
ganyuan.gaussKruger = function (lat, lon, zone) {
  const a = 6378137, f = 1 / 298.257222101, rad = Math.PI / 180;
  const n = f / (2 - f), e = Math.sqrt(f * (2 - f));
  const radius = (a / (1 + n)) * (1 + n ** 2 / 4 + n ** 4 / 64);
  const alpha = [
    n / 2 - (2 * n ** 2) / 3 + (5 * n ** 3) / 16 + (41 * n ** 4) / 180,
    (13 * n ** 2) / 48 - (3 * n ** 3) / 5 + (557 * n ** 4) / 1440,
    (61 * n ** 3) / 240 - (103 * n ** 4) / 140,
    (49561 * n ** 4) / 161280,
  ];
  const phi = lat * rad, dl = (lon - 3 * zone) * rad;
  const t = Math.sinh(Math.atanh(Math.sin(phi)) - e * Math.atanh(e * Math.sin(phi)));
  const xi = Math.atan2(t, Math.cos(dl));
  const eta = Math.asinh(Math.sin(dl) / Math.hypot(t, Math.cos(dl)));
  let north = xi, east = eta;
  alpha.forEach((coefficient, i) => {
    const k = 2 * (i + 1);
    north += coefficient * Math.sin(k * xi) * Math.cosh(k * eta);
    east += coefficient * Math.cos(k * xi) * Math.sinh(k * eta);
  });
  return { x: radius * north, y: 500000 + radius * east };
};

// Whether a position lies inside a polygon given as rings of [lat, lon].
ganyuan.inside = function (lat, lon, rings) {
  let odd = false;
  for (const ring of rings) {
    for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
      const [yi, xi] = ring[i], [yj, xj] = ring[j];
      if (yi > lat !== yj > lat && lon < ((xj - xi) * (lat - yi)) / (yj - yi) + xi) odd = !odd;
    }
  }
  return odd;
};
