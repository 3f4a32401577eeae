// A catalogue with a router of its own: entries come from the server, the way back is always there.
import { createApp, onMounted, ref } from "vue/dist/vue.esm-bundler.js";

createApp({
  template: `
    <main>
      <h1 v-text="title" />
      <ul><li v-for="entry in entries" :key="entry.href">
        <a :href="entry.href" :rel="entry.rel">{{ entry.text }}</a>
      </li></ul>
      <button @click="entries.push({ href: '/clicked', text: 'clicked' })">more</button>
    </main>`,
  setup() {
    const entries = ref([]);
    const title = ref("");
    onMounted(async () => {
      entries.value = await (await fetch("/entries.json")).json();
      title.value = document.title = "The vue catalogue";
    });
    return { entries, title };
  },
}).mount("#app");
