/// The style of reports on light and dark screens, on a phone, and on paper.
enum Stylesheet {
  static let element = Markup.element("style", [:], [.raw(css)])

  static let css: StaticString =
    """

    :root {
      color-scheme: light dark;
      --page: #ffffff; --text: #1b1f24; --muted: #57606a; --rule: #d0d7de; --soft: #f3f5f7;
      --warn: #fff4e0; --warn-rule: #a86500; --pick: #fff1c2;
      --s0: #1b1f24; --s1: #0072b2; --s2: #d55e00; --s3: #00825f; --s4: #b0548a; --s5: #8a6d00; --s6: #3f7fbf;
    }
    @media screen and (prefers-color-scheme: dark) {
      :root {
        --page: #14181d; --text: #e6e9ed; --muted: #a0a9b4; --rule: #3a424c; --soft: #1d232a;
        --warn: #3a2c10; --warn-rule: #e69f00; --pick: #463a12;
        --s0: #e6e9ed; --s1: #56b4e9; --s2: #ff8f4a; --s3: #2fc79b; --s4: #e39ac4; --s5: #f0e442; --s6: #9db8ff;
      }
    }
    * { box-sizing: border-box; }
    html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
    body { margin: 0; background: var(--page); color: var(--text);
      font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
    main { max-width: 1120px; margin: 0 auto; padding: 16px 16px 48px; overflow-wrap: anywhere; }
    h1 { font-size: 1.7rem; line-height: 1.2; margin: .4em 0 .5em; }
    h2 { font-size: 1.3rem; margin: 2em 0 .5em; padding-top: .4em; border-top: 1px solid var(--rule); }
    h3 { font-size: 1.08rem; margin: 1.6em 0 .4em; }
    h4 { font-size: 1rem; margin: 1.2em 0 .2em; }
    p { margin: .5em 0; max-width: 75ch; }
    .warning { background: var(--warn); border-left: 4px solid var(--warn-rule); padding: .6em .9em; max-width: none; }
    .facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(210px, 1fr)); gap: 8px; margin: 1em 0; }
    .facts div { background: var(--soft); border-radius: 6px; padding: .5em .8em; }
    .facts dt { color: var(--muted); font-size: .82rem; }
    .facts dd { margin: 0; font-weight: 600; }
    .figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 440px), 1fr)); gap: 20px 28px; }
    figure { margin: 0; min-width: 0; max-width: 560px; display: grid; grid-template-rows: subgrid; grid-row: span 4;
      row-gap: 0; align-content: start; }
    figcaption { font-size: .9rem; margin-bottom: .4em; }
    figcaption strong { display: block; font-size: 1rem; }
    .chart { display: block; width: 100%; height: auto; }
    .chart text { font: 13px system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; fill: var(--muted); }
    .chart .note { fill: var(--text); }
    .grid { stroke: var(--rule); stroke-width: 1; opacity: .6; }
    .axis { stroke: var(--muted); stroke-width: 1; }
    .reference { stroke: var(--muted); stroke-width: 1.2; stroke-dasharray: 3 3; }
    .threshold { stroke: var(--text); stroke-width: 1.6; stroke-dasharray: 6 3; }
    .line { fill: none; stroke: currentColor; stroke-width: 2; stroke-linejoin: round; }
    .thin { stroke-width: 1.5; }
    .band { fill: currentColor; stroke: none; opacity: .13; }
    .chance { fill: var(--muted); opacity: .22; }
    .marker { fill: currentColor; stroke: var(--page); stroke-width: 1; }
    .ring { fill: none; stroke: var(--text); stroke-width: 1.8; }
    .s0 { color: var(--s0); } .s1 { color: var(--s1); } .s2 { color: var(--s2); } .s3 { color: var(--s3); }
    .s4 { color: var(--s4); } .s5 { color: var(--s5); } .s6 { color: var(--s6); }
    .legend { list-style: none; display: flex; flex-wrap: wrap; gap: 2px 18px; margin: .3em 0; padding: 0; font-size: .88rem; }
    .swatch { width: 34px; height: 12px; margin-right: 6px; vertical-align: middle; }
    /* A shadow at the edge behind which a table goes on; the page's own colour covers it at the table's end. */
    .scroll { overflow-x: auto; margin: .8em 0; background:
      linear-gradient(to right, var(--page) 30%, transparent) left / 36px 100% no-repeat local,
      linear-gradient(to left, var(--page) 30%, transparent) right / 36px 100% no-repeat local,
      linear-gradient(to right, var(--rule), transparent) left / 12px 100% no-repeat scroll,
      linear-gradient(to left, var(--rule), transparent) right / 12px 100% no-repeat scroll; }
    table { border-collapse: collapse; font-size: .88rem; font-variant-numeric: tabular-nums; }
    caption { text-align: left; color: var(--muted); padding-bottom: .3em; }
    caption span { display: inline-block; max-width: min(75ch, calc(100vw - 32px)); }
    th, td { padding: .3em .7em; border-bottom: 1px solid var(--rule); text-align: right; white-space: nowrap; }
    th:first-child, .text { text-align: left; }
    th { font-weight: 600; }
    thead th { color: var(--muted); border-bottom-width: 2px; white-space: normal; vertical-align: bottom;
      overflow-wrap: normal; }
    .wraps .text { white-space: normal; }
    /* On a phone a long name must leave room for numbers, and stay in sight when they are scrolled. */
    @media screen and (max-width: 600px) {
      tbody th { position: sticky; left: 0; max-width: 10rem; padding-left: 0; background: var(--page);
        white-space: normal; overflow-wrap: break-word; }
      thead th:first-child { padding-left: 0; }
      .chosen th { background: var(--pick); }
    }
    .chosen { background: var(--pick); }
    details { font-size: .9rem; margin: .3em 0; }
    summary { cursor: pointer; color: var(--muted); }
    .pictures { list-style: none; display: grid; grid-template-columns: repeat(auto-fill, minmax(80px, 1fr));
      gap: 10px 6px; margin: .3em 0 1em; padding: 0; max-width: 940px; }
    .pictures li { display: flex; flex-direction: column; align-items: center; font-size: .75rem; line-height: 1.35;
      text-align: center; min-width: 0; }
    .pictures img, .missing { width: 80px; height: 80px; object-fit: contain; margin-bottom: 3px; border-radius: 3px; }
    .missing { display: flex; align-items: center; justify-content: center; background: var(--soft); }
    .drop { border: 2px dashed var(--rule); border-radius: 8px; padding: 1em; margin: 1em 0; }
    .drop.over { border-color: var(--s1); background: var(--soft); }
    .drop[hidden] { display: none; }
    .drop output { display: block; margin-top: .5em; font-weight: 600; }
    .coarse { image-rendering: pixelated; }
    .flagged img { outline: 3px solid var(--s2); outline-offset: 1px; }
    .pictures span { max-width: 100%; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
    .pictures .missing { white-space: normal; }
    .file { color: var(--muted); }
    .side { color: var(--muted); font-size: .88rem; margin: .3em 0; }
    footer { color: var(--muted); font-size: .85rem; margin-top: 2em; }
    @page { margin: 14mm; }
    @media print {
      :root { color-scheme: light; --text: #000000; --muted: #444444; --rule: #bbbbbb; --s0: #000000; }
      body { font-size: 10.5pt; }
      main { max-width: none; padding: 0; }
      .figures { grid-template-columns: 1fr 1fr; }
      figure, tr, .pictures { break-inside: avoid; }
      h2, h3, h4, .side { break-after: avoid; }
      details:not([open]) { display: none; }
      .scroll { overflow: visible; background: none; }
      table { font-size: 8pt; overflow-wrap: break-word; }
      th, td { padding: .2em .4em; }
      .text { white-space: normal; }
      .pictures { grid-template-columns: repeat(10, 1fr); max-width: none; }
      .pictures img, .missing { width: 15mm; height: 15mm; }
      .warning, .chosen, .facts div { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
    }

    """
}
