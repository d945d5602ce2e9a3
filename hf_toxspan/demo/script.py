"""The page's own scripts: keys, the file that is dropped, and downloads that are made in the browser."""

# A file is read by the browser and sent with the event, so that the server writes none to its disk.
DROP = """
const most = MOST_BYTES;
const send = (file, data) => {
  props.value = JSON.stringify({name: file.name, size: file.size, data: data, at: Date.now()});
  trigger('upload');
};
const take = (file) => {
  if (!file) return;
  if (file.size > most) { send(file, ''); return; }
  const reader = new FileReader();
  reader.onload = () => send(file, String(reader.result).split(',')[1] || '');
  reader.onerror = () => send(file, '');
  reader.readAsDataURL(file);
};
element.addEventListener('change', (event) => {
  take(event.target.files && event.target.files[0]);
  event.target.value = '';
});
for (const name of ['dragenter', 'dragover', 'dragleave', 'drop'])
  element.addEventListener(name, (event) => {
    event.preventDefault();
    element.classList.toggle('tx-over', name === 'dragenter' || name === 'dragover');
  });
element.addEventListener('drop', (event) => take(event.dataTransfer.files[0]));
"""

DROP_TEMPLATE = """<label class="tx-drop"><input type="file" accept=".txt,.csv,.jsonl" aria-describedby="tx-drop-hint">
<b>${choose}</b><span>${or_drop}</span><small id="tx-drop-hint">${hint}</small></label>"""

# Ctrl + Enter (Cmd on a Mac) is the button; results are announced; whether saliency shows is a class of the body.
START = """(language) => {
  document.documentElement.lang = language;
  document.body.classList.add('tx-show-saliency');
  const results = document.getElementById('results');
  if (results) { results.setAttribute('aria-live', 'polite'); results.setAttribute('role', 'region'); }
  if (!window.toxspanKeys) {
    window.toxspanKeys = true;
    document.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey) || event.isComposing) return;
      event.preventDefault();
      document.getElementById('check').click();
    });
  }
}"""

SPEAK = "(language) => { document.documentElement.lang = language; }"

SALIENCY = "(on) => { document.body.classList.toggle('tx-show-saliency', on); }"

SAVE = """(file) => {
  if (!file || !file.content) return;
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([file.content], {type: file.type}));
  link.download = file.name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}"""
