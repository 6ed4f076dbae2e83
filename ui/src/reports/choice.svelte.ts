// What was chosen for an export, kept while the window is open.

export const choice = $state({
  folder: "",
  client: "",
  formats: { html: true, csv: true, json: false, har: false },
});
