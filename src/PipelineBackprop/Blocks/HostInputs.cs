using System.Buffers;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Blocks;

/// <summary>
/// The first stage's inputs where the device can read them in place: views into the minibatch, which stays pinned for the pass. Used on the stage's thread.
/// </summary>
internal sealed class HostInputs(BlockHost host)
{
    private Pass? _pass;
    private MemoryHandle _pin;

    /// <summary>Rows of the minibatch as a tensor, valid until <see cref="Reset"/>.</summary>
    public DeviceTensor Rent(Pass pass, int firstRow, Shape shape)
    {
        if (_pass != pass)
        {
            Reset();
            _pin = pass.Data.Inputs.Pin();
            _pass = pass;
        }
        DeviceTensor view = host.Views.Rent(shape, pass.IsTraining ? MemoryPurpose.Stash : MemoryPurpose.Workspace);
        host.Compute.View(pass.Data.Inputs.Span.Slice(firstRow * shape.Columns, shape.ElementCount), view.Buffer);
        return view;
    }

    /// <summary>Lets the minibatch go, when the pass has ended and nobody reads it any more.</summary>
    public void Reset()
    {
        _pin.Dispose();
        _pin = default;
        _pass = null;
    }
}
