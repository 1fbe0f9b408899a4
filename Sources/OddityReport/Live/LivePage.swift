import Foundation
import Imaging
import Oddity

/// The status page of a server, with a section for the recent traffic of each model.
///
/// It works without scripts. With ``script`` it updates itself and scores images that are dropped on it.
/// Style sheet and script are separate files, so that a server can forbid inline ones.
package struct LivePage: Sendable {
  private let models: [LiveTraffic]

  package init(_ models: [LiveTraffic]) { self.models = models }

  /// The names of the style sheet and the script, relative to the page.
  package static let stylesheetName = "page.css"
  package static let scriptName = "page.js"

  package static var stylesheet: String { "\(Stylesheet.css)" }

  package var html: String {
    let page = Page(
      title: "Oddity", summary: [Page.paragraph(summary)],
      sections: [.element("div", ["id": "live"], models.map { LiveSection(traffic: $0).markup }), footer],
      head: [
        .element("link", ["rel": "stylesheet", "href": Self.stylesheetName]),
        .element("script", ["src": Self.scriptName, "defer": ""]),
      ])
    return page.html
  }

  private var summary: String {
    let subject = models.count == 1 ? "one guarded model" : "\(models.count) guarded models"
    return "This server runs \(subject). The page shows the last hour; times are in UTC."
  }

  private var footer: Markup {
    .element("footer", [:], [Page.paragraph("oddity \(oddityVersion)")])
  }

  /// Updates the live parts every five seconds, and scores files that are chosen or dropped.
  package static let script = """
    "use strict";

    async function renew() {
      if (document.hidden || document.querySelector("#live details[open]")) return;
      try {
        const answer = await fetch(location.href, { cache: "no-store" });
        if (!answer.ok) return;
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        for (const part of page.querySelectorAll("#live .renewed")) {
          document.getElementById(part.id)?.replaceWith(document.importNode(part, true));
        }
      } catch { /* The next time it may answer again. */ }
    }

    function say(zone, text) { zone.querySelector("output").textContent = text; }

    async function score(zone, file) {
      say(zone, `${file.name}: …`);
      try {
        const answer = await fetch(zone.dataset.path, { method: "POST", body: file });
        const json = await answer.json();
        if (!answer.ok) return say(zone, `${file.name}: ${json.detail}`);
        const verdict = json.outlier ? "an outlier" : "not an outlier";
        const name = json.label ?? `class ${json.class}`;
        say(zone, `${file.name}: ${verdict} (score ${json.score?.toPrecision(4)}, p-value ${json.p_value.toPrecision(3)}), ` +
          `classified as ${name} (confidence ${json.confidence?.toFixed(3)})`);
        renew();
      } catch (error) { say(zone, `${file.name}: the server did not answer`); }
    }

    for (const zone of document.querySelectorAll(".drop")) {
      zone.hidden = false;
      zone.querySelector("input").addEventListener("change", event => {
        for (const file of event.target.files) score(zone, file);
      });
      zone.addEventListener("dragover", event => { event.preventDefault(); zone.classList.add("over"); });
      zone.addEventListener("dragleave", () => zone.classList.remove("over"));
      zone.addEventListener("drop", event => {
        event.preventDefault();
        zone.classList.remove("over");
        for (const file of event.dataTransfer.files) score(zone, file);
      });
    }
    setInterval(renew, 5000);

    """
}

/// The recent traffic of one model.
package struct LiveTraffic: Sendable {
  package let name: String
  package let metadata: GuardMetadata
  /// The minutes of the last hour, the oldest first. The last minute is not complete.
  package var minutes: [Minute] = []
  /// The number of images of the last hour by p-value, in bins of equal width from 0 to 1.
  package var pValues: [Int] = []
  /// The median and the 99th percentile of the latest requests in seconds; nil before the first one.
  package var latency: (median: Double, high: Double)?
  /// nil if streams cannot be watched.
  package var drift: Drift?
  /// The latest outliers, the newest first; nil if none are kept.
  package var outliers: [Outlier]?

  package init(name: String, metadata: GuardMetadata) {
    (self.name, self.metadata) = (name, metadata)
  }

  package typealias Minute = (start: Date, images: Int, outliers: Int)

  /// The streams, each with its wealth.
  package typealias Drift = (
    delta: Double, overallLogWealth: Double, sources: [(name: String, state: StreamMartingale.State)]
  )

  package typealias Outlier = (
    time: Date, source: String, score: Float, pValue: Float, thumbnail: Thumbnail?
  )

  var images: Int { minutes.reduce(0) { $0 + $1.images } }
  var flagged: Int { minutes.reduce(0) { $0 + $1.outliers } }
  var alpha: Double { Double(metadata.alpha) ?? .nan }
}
