using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using Xunit.MicrosoftTestingPlatform;
using Xunit.Runner.InProc.SystemConsole;

namespace PipelineBackprop.OpenCl.Tests;

/// <summary>Runs the tests as xunit's own entry point does, and leaves the process behind their verdict.</summary>
[ExcludeFromCodeCoverage]
internal static partial class OpenClTestProgram
{
    private static async Task<int> Main(string[] args)
    {
        int verdict = args.Any(argument => argument is "--server" or "--internal-msbuild-node")
            ? await TestPlatformTestFramework.RunAsync(args, SelfRegisteredExtensions.AddSelfRegisteredExtensions)
            : await ConsoleRunner.Run(args);
        await Console.Out.FlushAsync();
        await Console.Error.FlushAsync();
        // The devices are closed, but PoCL keeps its worker threads (its clReleaseContext says why), and they may run into what its exit handlers tear down.
        if (OperatingSystem.IsLinux()) Leave(verdict);
        return verdict;
    }

    [LibraryImport("libc", EntryPoint = "_exit")]
    private static partial void Leave(int code);
}
