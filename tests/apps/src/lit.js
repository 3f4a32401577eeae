// A catalogue whose entries stand in an open shadow tree, as those of web components do.
import { LitElement, html } from "lit";

class Catalogue extends LitElement {
  static properties = { entries: { state: true } };

  constructor() {
    super();
    this.entries = [];
  }

  async firstUpdated() {
    this.entries = await (await fetch("/entries.json")).json();
    document.title = "The lit catalogue";
  }

  render() {
    return html`<h1>Catalogue</h1>
      <ul>
        ${this.entries.map(({ href, text, rel }) => html`<li><a href=${href} rel=${rel ?? ""}>${text}</a></li>`)}
      </ul>
      <button @click=${() => (this.entries = [...this.entries, { href: "/clicked", text: "clicked" }])}>
        more
      </button>`;
  }
}

customElements.define("link-catalogue", Catalogue);
document.getElementById("app").append(document.createElement("link-catalogue"));
