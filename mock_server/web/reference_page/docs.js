// The page is /docs, or /__s/NAME/docs in a session: all its links are relative.
const dark = matchMedia('(prefers-color-scheme: dark)');
const follow = () => document.documentElement.classList.toggle('dark-mode', dark.matches);
dark.addEventListener('change', follow);
follow();

const ui = SwaggerUIBundle({
  url: 'docs/openapi.json',
  dom_id: '#reference',
  deepLinking: true,
  displayRequestDuration: true,
  queryConfigEnabled: false,
  tryItOutEnabled: true,
  validatorUrl: null,
  onComplete: () => {
    document.title = ui.specSelectors.info().get('title');
  },
});
