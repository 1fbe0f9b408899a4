import Oddity
import Testing

@testable import OddityCommand

/// Compares the output with documents that were written by hand.
@Suite struct BenchmarkOutputTests {
  @Test func markdownHasThePapersLayout() throws {
    let text = PaperLayout(try HandMadeResults.networks()).markdown
    #expect(
      text.hasPrefix(
        #"""
        ## Methods

        | network | method | lsun\_c | 50% \& more | average |
        | :--- | :--- | ---: | ---: | ---: |
        | Res\_Net\|18 (accuracy 84.81 %) | msp | 52.12/92.20 | 100.00/0.00 | 76.06/46.10 |
        |  | energy+norm | **7.13**/**98.66** | **50.00**/25.00 | **28.56**/**61.83** |
        | VGG-11 | a,b | 25.00/50.00 | 0.00/100.00 | 12.50/75.00 |

        FPR95/AUROC in per cent.
        """#), "\(text)")
    #expect(
      text.contains(
        #"""

        ### 95 % intervals

        | network | method | lsun\_c | 50% \& more | average |
        | :--- | :--- | ---: | ---: | ---: |
        | Res\_Net\|18 (accuracy 84.81 %) | msp | 50.00 to 55.00 / 90.00 to 95.00 | 100.00 to 100.00 / 0.00 to 0.00 | 75.00 to 78.00 / 45.00 to 47.00 |
        |  | energy+norm | 6.00 to 8.00 / 98.00 to 99.00 | 40.00 to 60.00 / 20.00 to 30.00 | 25.00 to 30.00 / 60.00 to 65.00 |
        | VGG-11 | a,b | 20.00 to 30.00 / 40.00 to 60.00 | – / – | – / – |

        """#), "\(text)")
    #expect(
      text.contains(
        #"""

        ## Blocks of Res\_Net\|18

        | block | tensor | shape | NormRatio jigsaw | NormRatio blur | AUROC lsun\_c | AUROC average |
        | ---: | :--- | ---: | ---: | ---: | ---: | ---: |
        | 0 | /layer1/relu\_1 | 64×8×8 | 0.932 | – | 41.00 | 41.00 |
        | **1** | **/layer2/relu\_1** | **128×?×4** | **1.237** | **1.100** | **91.40** | **91.40** |
        | – | /tokens | 192×197 | 1.100 | 1.300 | 90.00 | 90.00 |

        """#), "\(text)")
    #expect(
      text.contains(
        #"""

        | pseudo-OOD | Spearman | selects | AUROC lost |
        | :--- | ---: | :--- | ---: |
        | jigsaw | 1.00 | block 1 (/layer2/relu\_1) | 0.00 |
        | blur | – | /tokens | 1.40 |

        """#), "\(text)")
    #expect(!text.contains("Blocks of VGG-11"))
  }

  /// Both definitions of FPR95, the rule for bold type, and the numbers of images.
  @Test func theCaptionSaysWhatTheNumbersAre() throws {
    let caption = PaperLayout(try HandMadeResults.networks()).caption(mark: "Bold").joined(separator: " ")
    for part in [
      "FPR95 (fpr95): share of OOD images accepted when 95 % of ID images are accepted",
      "fpr95_openood", "share of ID images flagged when 95 % of OOD images are caught",
      "Bold: best of its column", "1000 resamples, seed 7",
      "Res_Net|18: Images: ID 100, lsun_c 30, 50% & more 20.",
      "VGG-11: Images: ID 100, lsun_c 30, 50% & more 1.",
    ] {
      #expect(caption.contains(part), "\(caption)")
    }
    let one = PaperLayout(Array(try HandMadeResults.networks().prefix(1))).caption(mark: "Bold")
    #expect(one.last == "Images: ID 100, lsun_c 30, 50% & more 20.")
  }

  @Test func csvHasARecordForEachNetworkMethodAndSet() throws {
    let results = try HandMadeResults.networks()
    #expect(
      PaperLayout(results).csv == """
        network,id_accuracy,method,set,id_images,ood_images,fpr95,fpr95_ci95_lower,fpr95_ci95_upper,best_fpr95,\
        auroc,auroc_ci95_lower,auroc_ci95_upper,best_auroc,fpr95_openood,aupr_in,aupr_out
        Res_Net|18,0.84812,msp,lsun_c,100,30,0.5212,0.5,0.55,false,0.922,0.9,0.95,false,0.125,0.5,0.75
        Res_Net|18,0.84812,msp,50% & more,100,20,1.0,1.0,1.0,false,0.0,0.0,0.0,false,0.125,0.5,0.75
        Res_Net|18,0.84812,msp,mean,100,,0.7606,0.75,0.78,false,0.461,0.45,0.47,false,0.125,0.5,0.75
        Res_Net|18,0.84812,energy+norm,lsun_c,100,30,0.07127,0.06,0.08,true,0.98657,0.98,0.99,true,0.125,0.5,0.75
        Res_Net|18,0.84812,energy+norm,50% & more,100,20,0.5,0.4,0.6,true,0.25,0.2,0.3,false,0.125,0.5,0.75
        Res_Net|18,0.84812,energy+norm,mean,100,,0.28563,0.25,0.3,true,0.61829,0.6,0.65,true,0.125,0.5,0.75
        VGG-11,,"a,b",lsun_c,100,30,0.25,0.2,0.3,false,0.5,0.4,0.6,false,0.125,0.5,0.75
        VGG-11,,"a,b",50% & more,100,1,0.0,,,false,1.0,,,false,0.125,0.5,0.75
        VGG-11,,"a,b",mean,100,,0.125,,,false,0.75,,,false,0.125,0.5,0.75

        """)
  }

  @Test func latexHasThePapersLayout() throws {
    let text = PaperLayout(try HandMadeResults.networks()).laTeX
    let lines = text.split(separator: "\n").map(String.init)
    #expect(lines[0...2] == [#"% \usepackage{booktabs}"#, #"\begin{table}"#, #"\centering"#])
    #expect(lines[3].hasPrefix(#"\caption{FPR95/AUROC in per cent. FPR95 (fpr95): share of OOD images"#))
    #expect(lines[3].contains(#"95 \% of ID images"#) && lines[3].contains(#"fpr95\_openood"#))
    #expect(lines[3].hasSuffix("}"))
    #expect(
      lines.dropFirst(4).joined(separator: "\n") == #"""
        \begin{tabular}{llrrr}
        \toprule
        network & method & lsun\_c & 50\% \& more & average \\
        \midrule
        Res\_Net\textbar{}18 (accuracy 84.81 \%) & msp & 52.12/92.20 & 100.00/0.00 & 76.06/46.10 \\
         & energy+norm & \textbf{7.13}/\textbf{98.66} & \textbf{50.00}/25.00 & \textbf{28.56}/\textbf{61.83} \\
        \midrule
        VGG-11 & a,b & 25.00/50.00 & 0.00/100.00 & 12.50/75.00 \\
        \bottomrule
        \end{tabular}
        \end{table}
        """#)
  }

  @Test func theTerminalShowsTheSameTable() throws {
    let text = PaperLayout(try HandMadeResults.networks()).text
    #expect(
      text.hasPrefix(
        """
        network                        method               lsun_c      50% & more         average
        -----------------------------  -----------  --------------  --------------  --------------
        Res_Net|18 (accuracy 84.81 %)  msp          52.12 / 92.20   100.00 / 0.00   76.06 / 46.10
                                       energy+norm   7.13*/ 98.66*  50.00*/ 25.00   28.56*/ 61.83*
        VGG-11                         a,b          25.00 / 50.00   0.00 / 100.00   12.50 / 75.00

        FPR95/AUROC in per cent.
        """), "\(text)")
    #expect(
      text.hasSuffix(
        """

        blocks of Res_Net|18

        block  tensor            shape  NormRatio jigsaw  NormRatio blur  AUROC lsun_c  AUROC average
        -----  --------------  -------  ----------------  --------------  ------------  -------------
            0  /layer1/relu_1   64×8×8             0.932               –         41.00          41.00
          * 1  /layer2/relu_1  128×?×4             1.237           1.100         91.40          91.40
            –  /tokens         192×197             1.100           1.300         90.00          90.00

        pseudo-OOD  Spearman  selects                   AUROC lost
        ----------  --------  ------------------------  ----------
        jigsaw          1.00  block 1 (/layer2/relu_1)        0.00
        blur               –  /tokens                         1.40

        """), "\(text)")
  }

  @Test(arguments: [
    ("a|b", #"a\|b"#), (#"\|"#, #"\\\|"#), ("two\nlines\r\n", "two lines  "),
    ("<b>*x*</b>", #"\<b\>\*x\*\</b\>"#),
    ("[x](y)", #"\[x\](y)"#), ("größe ±", "größe ±"), ("e\u{301}|", "e\u{301}\\|"),
  ])
  func markdownNamesAreNoMarkup(name: String, escaped: String) {
    #expect(Markdown.escaped(name) == escaped)
  }

  @Test(arguments: [
    ("a_b", #"a\_b"#), (#"\{}"#, #"\textbackslash{}\{\}"#), ("50% & #1 $", "50\\% \\& \\#1 \\$"),
    ("~^<>|", #"\textasciitilde{}\textasciicircum{}\textless{}\textgreater{}\textbar{}"#), ("a\nb", "a b"),
  ])
  func latexNamesAreNoCommands(name: String, escaped: String) {
    #expect(LaTeX.escaped(name) == escaped)
  }
}
