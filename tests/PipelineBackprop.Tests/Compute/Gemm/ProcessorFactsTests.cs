using System.Globalization;
using PipelineBackprop.Compute.Gemm;
using Xunit;

namespace PipelineBackprop.Tests.Compute.Gemm;

public sealed class ProcessorFactsTests
{
    [Fact]
    public void IsShortOfLoads_AsLinuxNamesTheProcessor_IsAmdSinceZen5()
    {
        const string Info = "/proc/cpuinfo";
        Assert.SkipUnless(File.Exists(Info), "Only Linux says what the processor is.");
        Dictionary<string, string> first = File.ReadLines(Info).TakeWhile(line => line.Length > 0)
            .Select(line => line.Split(':', 2, StringSplitOptions.TrimEntries)).Where(pair => pair.Length == 2).GroupBy(pair => pair[0]).ToDictionary(group => group.Key, group => group.First()[1]);
        bool isAmd = first.GetValueOrDefault("vendor_id") == "AuthenticAMD";
        bool expected = isAmd && int.Parse(first["cpu family"], CultureInfo.InvariantCulture) >= 26;
        Assert.Equal(expected, ProcessorFacts.IsShortOfLoads);
    }
}
