// Streamlit side of the browse map: the map itself is a module of the product's own files.

export default function (component) {
  const { data, parentElement } = component;
  const root = parentElement.querySelector(".gb-host");
  const home = `${location.origin}${data.base}/app/static/ganyuan/browse`;
  import(`${home}/main.js`).then((map) => map.show(root, data));
}
