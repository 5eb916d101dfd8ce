// Streamlit side of a map: keeps one sandboxed document alive over all reruns of the page.

const KEEP = "ganyuan-view:";

// The view of this tab when it last showed this map, if the map was about the same place.
function remembered({ name, home }) {
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEEP + name));
    return kept && kept.home === home ? kept.view : null;
  } catch {
    return null;
  }
}

function remember({ name, home }, view) {
  if (view) sessionStorage.setItem(KEEP + name, JSON.stringify({ home, view }));
}

export default function (component) {
  const { data, parentElement, setStateValue } = component;
  const root = parentElement.querySelector(".gy-host");
  let frame = root.querySelector("iframe");
  if (!frame) {
    frame = document.createElement("iframe");
    // Without allow-same-origin the document cannot reach the page, its cookies or its session.
    frame.setAttribute("sandbox", "allow-scripts");
    frame.title = data.title;
    frame.srcdoc = data.document;
    root.appendChild(frame);
  }
  const room = window.innerHeight - root.getBoundingClientRect().top - 32;
  frame.style.height = `${data.tall ? Math.max(data.height, Math.round(room)) : data.height}px`;
  root.gyData = data;
  root.gySet = setStateValue;

  const send = () => {
    const now = root.gyData;
    if (!root.gyReady || root.gySent === now.payload) return;
    frame.contentWindow.postMessage({
      ganyuan: true,
      type: "payload",
      payload: now.payload,
      view: root.gySent ? null : remembered(now),
    }, "*");
    root.gySent = now.payload;
    remember(now, root.gyView);
  };

  if (!root.gyListener) {
    root.gyListener = (event) => {
      const message = event.data;
      if (event.source !== frame.contentWindow || !message || !message.ganyuan) return;
      if (message.type === "ready") {
        root.gyReady = true;
        root.gySent = null;
        send();
      } else if (message.type === "select") {
        const to = message.selected;
        root.gySet("selected", to ? [String(to.layer), String(to.id)] : null);
      } else if (message.type === "view") {
        root.gyView = message.view;
        remember(root.gyData, message.view);
      }
    };
    window.addEventListener("message", root.gyListener);
  }
  send();

  return () => {
    window.removeEventListener("message", root.gyListener);
    root.gyListener = null;
  };
}
