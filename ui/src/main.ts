import "./app.css";
import { mount } from "svelte";
import App from "./shell/App.svelte";
import { theme } from "./shell/theme.svelte";

theme.start();
const target = document.getElementById("app");
if (target) mount(App, { target });
