using PipelineBackprop.Cli;

// Neither is disposed: a signal between the program's last word and its end must still find its handler.
var interruption = new Interruption();
var signals = new InterruptSignals(interruption);
int code = await CliApplication.RunAsync(args, CliEnvironment.OfProcess(interruption));
GC.KeepAlive(signals);
return code;
