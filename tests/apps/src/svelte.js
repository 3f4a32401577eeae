import { mount } from "svelte";
import Catalogue from "./Catalogue.svelte";

mount(Catalogue, { target: document.getElementById("app") });
