// Pictures that the map draws with: hatchings and the markers of zones.

const RATIO = 2;

function canvas(side) {
  const node = document.createElement("canvas");
  node.width = node.height = side * RATIO;
  const pen = node.getContext("2d");
  pen.scale(RATIO, RATIO);
  return { node, pen };
}

const picture = ({ node, pen }) => pen.getImageData(0, 0, node.width, node.height);

export function hatching({ fill }) {
  const side = 8, drawn = canvas(side), { pen } = drawn;
  pen.strokeStyle = fill;
  pen.lineWidth = 1.2;
  pen.beginPath();
  for (const x of [-side, 0, side]) {
    pen.moveTo(x - 1, side + 1);
    pen.lineTo(x + side + 1, -1);
  }
  pen.stroke();
  return picture(drawn);
}

const OUTLINES = {
  triangle: [[0.5, 0.08], [0.95, 0.9], [0.05, 0.9]],
  diamond: [[0.5, 0.02], [0.96, 0.5], [0.5, 0.98], [0.04, 0.5]],
  square: [[0.12, 0.12], [0.88, 0.12], [0.88, 0.88], [0.12, 0.88]],
};

export function marker({ shape, fill, stroke, weight, size }) {
  const side = Math.ceil(size + 2 * weight + 2), drawn = canvas(side), { pen } = drawn;
  const inset = (side - size) / 2;
  pen.beginPath();
  if (shape === "circle") pen.arc(side / 2, side / 2, size / 2, 0, 2 * Math.PI);
  else {
    OUTLINES[shape].forEach(([x, y], i) =>
      pen[i ? "lineTo" : "moveTo"](inset + x * size, inset + y * size));
    pen.closePath();
  }
  pen.fillStyle = fill;
  pen.fill();
  pen.strokeStyle = stroke;
  pen.lineWidth = weight;
  pen.stroke();
  return picture(drawn);
}

export const pixelRatio = RATIO;
