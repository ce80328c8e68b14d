// Loads the lab, and says in plain words what stands in its way.
const words = document.getElementById("words");
import("./implicit-bias-lab.js")
  .then(({ default: init }) => init())
  .catch((error) => {
    words.textContent = `The lab could not be loaded: ${error.message ?? error}. Reload the page.`;
  });
