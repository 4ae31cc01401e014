// Lets the search work from disk, and find options by their names.

(() => {
  "use strict";

  // Browsers start no Worker for a page that was opened as a file. So the script that would run in
  // one runs in a hidden frame, and messages are handed over as events.
  class IFrameWorker extends EventTarget {
    onmessage = null;

    constructor(url) {
      super();
      this.frame = document.createElement("iframe");
      this.frame.hidden = true;
      this.frame.srcdoc = "<!doctype html><title>search</title>";
      this.loaded = new Promise((resolve, reject) => {
        this.frame.addEventListener("load", () => {
          const inside = this.frame.contentWindow;
          inside.postMessage = (data) => this.receive(data);
          const script = inside.document.createElement("script");
          script.src = url;
          script.addEventListener("load", () => resolve(inside));
          script.addEventListener("error", () => reject(new Error(`${url} cannot be loaded`)));
          inside.document.head.append(script);
        });
      });
      document.body.append(this.frame);
    }

    async postMessage(data) {
      const inside = await this.loaded;
      inside.dispatchEvent(new MessageEvent("message", { data }));
    }

    receive(data) {
      const event = new MessageEvent("message", { data });
      this.dispatchEvent(event);
      this.onmessage?.(event);
    }

    terminate() {
      this.frame.remove();
    }
  }

  if (location.protocol === "file:") {
    window.IFrameWorker = IFrameWorker;
    window.Worker = IFrameWorker;
  }

  // To the search engine, a dash before a word means "without": `--classifier` would find nothing.
  const send = window.Worker.prototype.postMessage;
  window.Worker.prototype.postMessage = function (message, ...rest) {
    const isQuery = typeof message?.data === "string";
    const data = isQuery ? message.data.replace(/(^|\s)-+(?=\w)/g, "$1") : message?.data;
    return send.call(this, isQuery ? { ...message, data } : message, ...rest);
  };
})();
