using System.Globalization;
using System.Text.RegularExpressions;
using ILGPU.Runtime.Cuda;

namespace PipelineBackprop.Gpu.Tests;

/// <summary>What every CUDA GPU would be given, checked where there is none. With PIPELINEBACKPROP_PTX the assembly is left in the folder of that name.</summary>
public sealed partial class PtxTests
{
    // Static shared memory of a group on every CUDA GPU.
    private const int MostSharedBytes = 48 * 1024;

    private static readonly CudaArchitecture[] s_architectures = [CudaArchitecture.SM_70, CudaArchitecture.SM_80, CudaArchitecture.SM_90];

    public static TheoryData<string> Kernels => [.. PtxCompiler.Kernels.Select(PtxCompiler.NameOf)];

    [Theory, MemberData(nameof(Kernels))]
    public void Kernel_OnEveryArchitecture_CompilesToWhatADriverCanTake(string name)
    {
        foreach (CudaArchitecture architecture in s_architectures)
        {
            string assembly = PtxCompiler.Compile(name, architecture);
            Assert.Contains(".visible .entry", assembly);

            // Functions of NVIDIA's device library would have to be linked, and that comes with the toolkit only.
            Assert.DoesNotContain(".extern", assembly);
            Assert.DoesNotContain("call", assembly);
            Assert.DoesNotContain(".local", assembly);
            Assert.Empty(AccessOfUnknownSpace().Matches(assembly).Select(match => match.Value));
            Assert.InRange(SharedArray().Matches(assembly).Sum(match => int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture)), 0, MostSharedBytes);
            if (Environment.GetEnvironmentVariable("PIPELINEBACKPROP_PTX") is { Length: > 0 } folder)
                File.WriteAllText(Path.Combine(folder, $"{name}.{architecture}.ptx"), assembly);
        }
    }

    /// <summary>Sums are in float64 on purpose; elsewhere it would cost a GPU up to 64 times the time.</summary>
    [Theory, MemberData(nameof(Kernels))]
    public void Kernel_ThatSumsNothing_ComputesInFloat32(string name)
    {
        bool sums = SumOrNormalization().IsMatch(name);
        Assert.Equal(sums, PtxCompiler.Compile(name, CudaArchitecture.SM_80).Contains(".f64", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("MatrixKernels.ProductBy8", 8)]
    [InlineData("MatrixKernels.ProductBy4", 4)]
    public void Product_MovesItsOperandsAQuadAtATime(string name, int block)
    {
        string assembly = PtxCompiler.Compile(name, CudaArchitecture.SM_80);
        foreach (string instruction in (string[])["ld.global.v4.f32", "st.global.v4.f32", "ld.shared.v4.f32", "st.shared.v4.f32"]) Assert.Contains(instruction, assembly);

        // Eight steps written out and one in the loop of the edges; each reads the thread's part of a row and of a column.
        int reads = assembly.Split("ld.shared").Length - 1;
        Assert.Equal(9 * 2 * block / 4, reads);
        Assert.Equal(reads, assembly.Split("ld.shared.v4.f32").Length - 1);
        Assert.InRange(assembly.Split("mul.f32").Length - 1, 9 * block * block, int.MaxValue);
    }

    /// <summary>What is replayed must give the bits of what is launched one by one.</summary>
    [Theory]
    [InlineData("UpdateKernels.Sgd", "StepKernels.Sgd")]
    [InlineData("UpdateKernels.Adam", "StepKernels.Adam")]
    [InlineData("DropoutKernels.Apply", "StepKernels.Dropout")]
    public void KernelThatReadsItsNumbers_ComputesAsTheOneThatIsGivenThem(string given, string reads)
    {
        string[] expected = OperationsOf(given);
        Assert.NotEmpty(expected);
        Assert.Equal(expected, OperationsOf(reads));

        static string[] OperationsOf(string name) =>
            [.. Float32Operation().Matches(PtxCompiler.Compile(name, CudaArchitecture.SM_90)).Select(match => match.Value)];
    }

    [GeneratedRegex(@"\b(add|sub|mul|fma|mad|div|sqrt|rcp|neg)\.(rn\.)?f32\b")]
    private static partial Regex Float32Operation();

    [GeneratedRegex(@"\b(ld|st)\.(?!param|global|shared)\S+")]
    private static partial Regex AccessOfUnknownSpace();

    [GeneratedRegex(@"\.shared \.align \d+ \.b8 \w+\[(\d+)\]")]
    private static partial Regex SharedArray();

    [GeneratedRegex(@"Sum|Norm|LossKernels|LossTangentKernels\.Softmax")]
    private static partial Regex SumOrNormalization();
}
