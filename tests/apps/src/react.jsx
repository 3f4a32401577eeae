// A catalogue: what it lists comes from the server, further entries from a click or from scrolling.
import { useEffect, useRef, useState } from "react";
import { createRoot } from "react-dom/client";

function More({ onSeen }) {
  const end = useRef(null);
  useEffect(() => {
    const watcher = new IntersectionObserver(([entry]) => entry.isIntersecting && onSeen());
    watcher.observe(end.current);
    return () => watcher.disconnect();
  }, []);
  return <div ref={end} style={{ marginTop: "9000px" }} />;
}

function Catalogue() {
  const [entries, setEntries] = useState([]);
  const [extra, setExtra] = useState([]);
  useEffect(() => {
    fetch("/entries.json").then((answer) => answer.json()).then(setEntries);
    document.title = "The react catalogue";
  }, []);
  const add = (href) => setExtra((known) => [...known, { href, text: href }]);
  return (
    <main>
      <h1>Catalogue</h1>
      <ul>
        {[...entries, ...extra].map(({ href, text, rel }) => (
          <li key={href}><a href={href} rel={rel}>{text}</a></li>
        ))}
      </ul>
      <button onClick={() => add("/clicked")}>more</button>
      <More onSeen={() => add("/scrolled")} />
    </main>
  );
}

createRoot(document.getElementById("app")).render(<Catalogue />);
