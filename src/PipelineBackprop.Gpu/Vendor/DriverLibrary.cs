using System.Runtime.InteropServices;

namespace PipelineBackprop.Gpu.Vendor;

/// <summary>Finds libraries of drivers at run time; none is required. Thread-safe.</summary>
internal static class DriverLibrary
{
    /// <summary>What CUDA's driver is called.</summary>
    internal static readonly string[] Cuda = ["libcuda.so.1", "libcuda.so", "nvcuda.dll"];

    /// <summary>What the loader of OpenCL drivers is called.</summary>
    internal static readonly string[] OpenCl = ["libOpenCL.so", "libOpenCL.so.1", "OpenCL.dll"];

    /// <summary>The functions of the first library that is there; null where none is, or where it lacks one of them.</summary>
    /// <param name="names">What the library may be called, in order of preference.</param>
    /// <param name="bind">Looks the functions up; throws <see cref="EntryPointNotFoundException"/> where one is missing.</param>
    internal static T? Find<T>(IReadOnlyList<string> names, Func<nint, T> bind)
        where T : class
    {
        foreach (string name in names)
        {
            if (!NativeLibrary.TryLoad(name, out nint library)) continue;
            try { return bind(library); }
            catch (EntryPointNotFoundException) { return null; }
        }
        return null;
    }
}
