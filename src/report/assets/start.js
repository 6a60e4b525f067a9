// Reads the data of the page and starts what belongs to it.

{
  const text = document.getElementById("data").textContent;
  const data = JSON.parse(text);
  startTheme();
  if (document.body.dataset.page === "study") startStudy(data);
  else startCompare(data);
  for (const figure of document.querySelectorAll("figure.chart")) if (charts.has(figure.id)) startGrid(figure);
  startFilters();
  startSorting();
  startCommands();
  startSave(text);
  startNavigation();
}
