using System.Reflection;
using ILGPU;
using ILGPU.Backends.EntryPoints;
using ILGPU.Backends.PTX;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;

namespace PipelineBackprop.Gpu.Tests;

/// <summary>Compiles kernels to the assembly that a CUDA driver gets; needs neither a driver nor a GPU.</summary>
internal static class PtxCompiler
{
    /// <summary>Every kernel: the methods of the classes named so, and every other method over an index.</summary>
    internal static IReadOnlyList<MethodInfo> Kernels { get; } =
    [
        .. from type in typeof(GpuCompute).Assembly.GetTypes()
           where type.Namespace == "PipelineBackprop.Gpu.Kernels"
           from method in type.GetMethods(BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)
           where method.IsAssembly && method.ReturnType == typeof(void) && (type.Name.EndsWith("Kernels", StringComparison.Ordinal) || TakesIndex(method))
           select method,
    ];

    internal static string NameOf(MethodInfo kernel) => $"{kernel.DeclaringType!.Name}.{kernel.Name}";

    internal static string Compile(string name, CudaArchitecture architecture)
    {
        MethodInfo kernel = Kernels.Single(method => NameOf(method) == name);
        using Context context = Context.Create(builder => builder.Optimize(AcceleratorDevice.KernelOptimization));

        // The first instruction set that knows Hopper.
        using var backend = new PTXBackend(context, new CudaCapabilityContext(architecture), architecture, CudaInstructionSet.ISA_78, nvvmAPI: null);
        EntryPointDescription entry = TakesIndex(kernel)
            ? EntryPointDescription.FromImplicitlyGroupedKernel(kernel)
            : EntryPointDescription.FromExplicitlyGroupedKernel(kernel);
        return ((PTXCompiledKernel)backend.Compile(entry, KernelSpecialization.Empty)).PTXAssembly;
    }

    private static bool TakesIndex(MethodInfo method) => method.GetParameters() is [var first, ..] && first.ParameterType == typeof(Index1D);
}
