import Imaging
import Testing

@testable import OddityFiles
@testable import OddityScores

/// Names of scores and their parameters in the form that users write.
struct ScoreNameTests {
  @Test(arguments: [
    "energy", "knn+norm", "mahalanobis+++norm", "ensemble(knn+norm/vim/energy)", "auto", "energy*std",
    "mahalanobis++*avg@12", "ensemble(energy*max@0/knn*std)",
  ])
  func whatIsReadIsWrittenAlike(_ text: String) throws {
    #expect(try ScoreName(parsing: text).description == text)
  }

  @Test(arguments: [
    ("nearest", "there is no score \"nearest\": the scores are featurenorm"),
    ("", "a score has an empty name"),
    ("she+norm", "she has no composition"), ("ensemble(energy)", "two scores or more"),
    ("ensemble()", "there is no score \"\""), ("ensemble(energy/energy)", "twice"),
    ("ensemble(energy/auto)", "cannot be part of ensemble(…)"),
    ("fusion(energy/fusion)", "cannot be part of fusion(…)"),
    ("fusion(energy)", "two scores or more"), ("fusion(energy/klm)", "learns from the same images"),
    ("fusion(gram/energy)", "learns from the same images"), ("fusion(energy/energy)", "twice"),
    ("fusion(ensemble(energy/msp)/vim)", "brackets within brackets"), ("featurenorm@", "index of a block"),
    ("featurenorm@relu", "index of a block"), ("featurenorm@-1", "index of a block"),
    ("fusion(energy/msp)*std", "multiplies several"), ("energy+norm+norm", "there is no score"),
    ("auto+norm", "there is no score"), ("enrgy", "did you mean energy? `Scores.all`"),
    ("ReAct", "did you mean react?"), ("mahalonobis+norm", "did you mean mahalanobis+norm?"),
    ("ash-x", "did you mean ash-p or ash-b or ash-s?"), ("ensemble(enrgy/msp)", "did you mean energy?"),
    ("energy ", "contains spaces"), ("ensemble(energy / msp)", "contains spaces"),
    ("ensemble", "in brackets"), ("ensemble[energy/msp]", "in brackets"),
    ("ensemble(energy/msp", "closing bracket"), ("ensemble(energy/msp)+norm", "compose each"),
    ("ensemble(ensemble(energy/msp)/knn)", "brackets within brackets"),
    ("energy*var", "there are NAME*avg, NAME*std and NAME*max"), ("energy*min", "no such multiplier"),
    ("energy+norm*std", "as in energy*std"), ("energy*std+norm", "no such multiplier"),
    ("featurenorm*std", "does not take a multiplier"), ("enrgy*std", "did you mean energy?"),
    ("energy*std@last", "write energy*std@2"), ("energy*std@-1", "does not have the index of a block"),
    ("energy*std@", "does not have the index of a block"),
    ("energy*std@02", "does not have the index of a block"),
    ("ensemble(energy/knn)*std", "multiply each"),
  ])
  func whatThereIsNotIsSaid(_ text: String, _ reason: String) {
    let error = #expect(throws: OddityError.self) { try ScoreName(parsing: text) }
    #expect(error?.code == .usage && error?.message.contains(reason) == true, "\(error?.message ?? "")")
  }

  @Test(arguments: [
    ("react.percentile", "NAME.PARAM=VALUE"), ("nearest.K=1", "there is no score"),
    ("reakt.percentile=90", "did you mean react?"), ("knn+norm.K=5", "so write `settings: knn.K=5`"),
    ("energy*std.T=5", "so write `settings: energy.T=5` or `settings: *std.T=5`"),
    ("*std.t=5", "*std has the parameters percentile"), ("auto.K=5", "auto has no parameters"),
    ("ensemble(knn/msp).K=5", "an ensemble has no parameters"),
    ("energy.K=1", "energy has the parameters T"), ("msp.T=2", "msp has no parameters"),
    ("react.percentile=101", "takes 0 to 100"), ("react.percentile=x", "takes 0 to 100"),
    ("react.percentile=nan", "takes 0 to 100"), ("ash-s.percentile=100", "0 to 100, without 100"),
    ("knn.K=0", "a whole number, at least 1"), ("knn.K=1.5", "a whole number"),
    ("knn.bank=10001", "1 to 10000"),
    ("odin.T=0", "without 0"), ("kpca.r=0", "0 to 1, without 0"),
    ("adascale-a.pmax=100", "0 to 100, without 100"),
    ("adascale-l.epsilon=0", "without 0"), ("gram.blocks=0", "a whole number, at least 1"),
  ])
  func settingsThatAreNotAllowedSayWhatIs(_ text: String, _ reason: String) {
    var settings = ScoreSettings()
    let error = #expect(throws: OddityError.self) { try settings.set(text) }
    #expect(error?.code == .usage && error?.message.contains(reason) == true, "\(error?.message ?? "")")
  }

  /// Values that depend on the classifier or the images are determined when these are known.
  @Test(arguments: [
    ("knn", "K=301", "from 1 to 300"), ("nnguide", "K=101", "from 1 to 100"), ("vim", "d=24", "from 1 to 23"),
    ("residual", "d=24", "from 1 to 23"), ("gen", "M=11", "from 1 to 10"),
    ("openmax", "alpha=11", "from 1 to 10"),
    ("vra", "alpha=95", "0 ≤ alpha ≤ beta"),
  ])
  func settingsThatDoNotSuitTheDataSayWhatDoes(_ name: String, _ value: String, _ range: String) async throws
  {
    var settings = ScoreSettings()
    try settings.set("\(name).\(value)")
    do {
      _ = try await ScoreCase().scores([ScoreName(parsing: name)], settings: settings)
      Issue.record("\(name).\(value) is out of range")
    } catch let error as OddityError {
      #expect(error.code == .usage && error.message.contains(range), "\(error.message)")
    }
  }

  @Test(arguments: [
    ("", "abc", 3), ("kitten", "sitting", 3), ("knn", "knn", 0), ("flaw", "lawn", 2), ("vmi", "vim", 1),
  ])
  func distancesAreDameraus(_ first: String, _ second: String, _ distance: Int) {
    #expect(
      NearestNames.distance(first, second) == distance && NearestNames.distance(second, first) == distance)
  }

  @Test(arguments: [("knn.K=3", "energy", "knn*avg"), ("*std.percentile=80", "energy*avg", "energy*std@1")])
  func settingsOfScoresThatAreNotFittedAreRefused(_ setting: String, _ other: String, _ own: String) throws {
    var settings = ScoreSettings()
    try settings.set(setting)
    let error = #expect(throws: OddityError.self) {
      try ScorePlan([ScoreName(parsing: other)], settings: settings)
    }
    #expect(error?.code == .usage && error?.message.contains("\(setting.prefix { $0 != "." }).…") == true)
    _ = try ScorePlan([ScoreName(parsing: own)], settings: settings)
  }

  @Test func everyScoreIsDescribed() {
    #expect(Set(Scores.all.map(\.name)).count == Scores.all.count)
    for score in Scores.all {
      #expect(!score.summary.isEmpty && !score.paper.isEmpty && !score.fits.isEmpty && !score.cost.isEmpty)
      for parameter in score.parameters {
        #expect(parameter.standard.map(parameter.allows) ?? true, "\(score.name).\(parameter.name)")
      }
    }
  }

  /// In the order in which they are listed.
  @Test func everyScoreHasAConstant() {
    let constants: [ScoreName] = [
      .featurenorm, .atf, .classnorm, .nap, .rankfeat, .cores, .gram, .maskedCAM, .msp, .maxlogit, .energy,
      .tempscale,
      .entropy, .gen, .klm, .odin, .gradnorm, .openmax, .react, .dice, .ashP, .ashB, .ashS, .scale, .lts,
      .adascaleA, .adascaleL, .vra,
      .nan, .nac, .himplos, .she, .fdbd, .nci, .ctm, .knn, .nnguide, .caref, .cadref, .mahalanobis, .rmds,
      .mahalanobisPlusPlus, .rmdsPlusPlus, .vim,
      .residual, .neco, .kpca, .kpcaRFF, .pcaFused, .actsub,
    ]
    #expect(constants.map(\.description) == Scores.all.map(\.name))
  }

  @Test func literalsAreNames() async throws {
    let names: [ScoreName] = ["energy", "knn+norm", "ensemble(knn+norm/vim)", "auto"]
    #expect(try names == names.map { try ScoreName(parsing: $0.description) })
    #expect(names[0] == .energy && names[3] == .auto)
    await #expect(processExitsWith: .failure) { _ = ["enrgy"] as [ScoreName] }
  }
}
