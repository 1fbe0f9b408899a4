import Harness

InputFile.removeAtExit()
Fuzzer.run(GuardedModels.targets + Parts.targets + TextFiles.targets)
