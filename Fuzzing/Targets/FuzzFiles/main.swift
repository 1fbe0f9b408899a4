import Harness

InputFile.removeAtExit()
Fuzzer.run(Images.targets + Archives.targets + Graphs.targets)
