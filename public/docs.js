// A file of its own because the page's content security policy allows no script inside the page.
const reference = document.getElementById("reference");

if (typeof SwaggerUIBundle === "undefined") {
  document.getElementById("notice").textContent = "The viewer is missing: run npm install once, then reload this page.";
} else {
  SwaggerUIBundle({
    domNode: reference,
    url: "/openapi.json",
    // The description must not be sent to anybody to be validated.
    validatorUrl: null,
    deepLinking: true,
    persistAuthorization: true,
    tryItOutEnabled: true,
    displayOperationId: true,
    displayRequestDuration: true,
    docExpansion: "list",
    defaultModelsExpandDepth: 0,
    tagsSorter: "alpha",
    requestSnippetsEnabled: true,
    layout: "BaseLayout",
    presets: [SwaggerUIBundle.presets.apis],
  });
}
