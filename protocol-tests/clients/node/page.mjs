// How the front end shows a message: what begins like a snippet of code is the innerHTML of an element, all else its text.
import { parseFragment } from "parse5";

/** The text that a visitor sees, and the elements that came into the page with it. */
export function show(message) {
  if (!message.startsWith("//") && !message.startsWith("```")) return { text: message, elements: [] };
  const shown = { text: "", elements: [] };
  // As in a browser, a node is looked into after what stands before it; nothing here is deep enough to matter.
  const look = (node) => {
    if (node.nodeName === "#text") shown.text += node.value;
    if (node.tagName || node.nodeName === "#comment") shown.elements.push(node.nodeName);
    node.childNodes?.forEach(look);
  };
  look(parseFragment(message));
  return shown;
}
