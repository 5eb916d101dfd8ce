// Streamlit side of the position of a telephone: asked only when the button is pressed.

const OPTIONS = { enableHighAccuracy: true, timeout: 20000, maximumAge: 0 };
const PROBLEMS = { 1: "denied", 2: "unavailable", 3: "timeout" };

export default function (component) {
  const { data, parentElement, setStateValue } = component;
  const button = parentElement.querySelector(".gf-locate");
  const said = parentElement.querySelector(".gf-said");
  button.textContent = data.texts.locate;
  if (!window.isSecureContext || !navigator.geolocation) {
    button.disabled = true;
    said.textContent = data.texts.insecure;
    return;
  }
  button.onclick = () => {
    button.disabled = true;
    said.textContent = data.texts.waiting;
    navigator.geolocation.getCurrentPosition(
      ({ coords, timestamp }) => {
        button.disabled = false;
        said.textContent = "";
        setStateValue("position", [
          coords.longitude, coords.latitude, coords.accuracy, timestamp,
        ]);
      },
      (error) => {
        button.disabled = false;
        said.textContent = data.texts[PROBLEMS[error.code] || "unavailable"];
      },
      OPTIONS,
    );
  };
}
