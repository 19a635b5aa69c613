using CsCheck;
using PipelineBackprop.Data;
using Xunit;

namespace PipelineBackprop.Tests.Data;

public sealed class MinibatchSamplerTests
{
    private static readonly Gen<(int Count, int Size, ulong Seed, bool Shuffle, bool Drop)> s_settings =
        Gen.Select(Gen.Int[1, 60], Gen.Int[1, 20], Gen.ULong, Gen.Bool, Gen.Bool).Select(t => (t.Item1, Math.Min(t.Item1, t.Item2), t.Item3, t.Item4, t.Item5));

    private static MinibatchSampler Create((int Count, int Size, ulong Seed, bool Shuffle, bool Drop) s) => new(s.Count, s.Size, s.Seed, s.Shuffle, s.Drop);

    private static int[] Take(MinibatchSampler sampler)
    {
        int[] indices = new int[sampler.BatchSize];
        return indices[..sampler.Next(indices)];
    }

    [Fact]
    public void Next_deals_every_example_at_most_once_an_epoch_and_all_of_them_unless_dropped() => s_settings.Sample(settings =>
    {
        MinibatchSampler sampler = Create(settings);
        for (int epoch = 0; epoch < 3; epoch++)
        {
            var seen = new List<int>();
            for (int i = 0; i < sampler.MinibatchesPerEpoch; i++)
            {
                Assert.Equal(epoch, sampler.State.Epoch);
                seen.AddRange(Take(sampler));
            }
            Assert.Equal(new SamplerState(epoch + 1, 0), sampler.State);
            Assert.Equal(seen.Count, seen.Distinct().Count());
            Assert.All(seen, index => Assert.InRange(index, 0, settings.Count - 1));
            Assert.Equal(settings.Drop ? settings.Count / settings.Size * settings.Size : settings.Count, seen.Count);
        }
    });

    [Fact]
    public void State_restored_at_any_place_continues_identically() => Gen.Select(s_settings, Gen.Int[0, 30]).Sample((settings, steps) =>
    {
        MinibatchSampler first = Create(settings), second = Create(settings);
        for (int i = 0; i < steps; i++) Take(first);
        second.State = first.State;
        for (int i = 0; i < 10; i++) Assert.Equal(Take(first), Take(second));
    });

    [Fact]
    public void Order_is_a_function_of_seed_and_epoch_only()
    {
        static int[] Epoch(ulong seed, long epoch, int size) =>
            [.. new MinibatchSampler(100, size, seed) { State = new SamplerState(epoch, 0) } is var sampler ? Enumerable.Range(0, sampler.MinibatchesPerEpoch).SelectMany(_ => Take(sampler)) : []];

        Assert.Equal(Epoch(5, 3, 7), Epoch(5, 3, 100));
        Assert.NotEqual(Epoch(5, 3, 7), Epoch(5, 4, 7));
        Assert.NotEqual(Epoch(5, 3, 7), Epoch(6, 3, 7));
    }

    [Fact]
    public void Order_of_a_seed_stays_what_it_was()
    {
        var sampler = new MinibatchSampler(8, 8, 1);
        Assert.Equal([7, 4, 6, 1, 2, 5, 0, 3], Take(sampler));
    }

    [Fact]
    public void Without_shuffling_examples_come_in_file_order()
    {
        var sampler = new MinibatchSampler(5, 2, 1, shuffle: false);
        Assert.Equal([0, 1], Take(sampler));
        Assert.Equal([2, 3], Take(sampler));
        Assert.Equal([4], Take(sampler));
        Assert.Equal([0, 1], Take(sampler));
    }

    [Fact]
    public void Shuffling_puts_every_example_in_every_place_equally_often()
    {
        int[,] counts = new int[4, 4];
        for (ulong seed = 0; seed < 4000; seed++)
        {
            int[] order = Take(new MinibatchSampler(4, 4, seed));
            for (int place = 0; place < 4; place++) counts[place, order[place]]++;
        }
        // 1000 expected, standard deviation 27.
        foreach (int count in counts) Assert.InRange(count, 870, 1130);
    }

    [Fact]
    public void Next_does_not_allocate()
    {
        var sampler = new MinibatchSampler(1000, 10, 1);
        int[] indices = new int[10];
        for (int i = 0; i < 50; i++) sampler.Next(indices);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 40; i++) sampler.Next(indices);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Theory]
    [InlineData(-1, 0)]
    [InlineData(0, -1)]
    [InlineData(0, 10)]
    public void State_outside_the_data_is_refused_with_its_numbers(long epoch, int position)
    {
        var sampler = new MinibatchSampler(10, 3, 1);
        OneSentence.Require(
            Assert.Throws<InvalidInputException>(() => sampler.State = new SamplerState(epoch, position)).Message, $"epoch {epoch}", $"position {position}", "10 examples");
    }

    [Fact]
    public void A_state_too_late_for_a_full_minibatch_is_the_start_of_the_next_epoch()
    {
        var sampler = new MinibatchSampler(10, 3, 1, dropLast: true) { State = new SamplerState(4, 8) };

        Assert.Equal(new SamplerState(5, 0), sampler.State);
        Assert.Equal(3, Take(sampler).Length);
    }

    [Fact]
    public void Impossible_arguments_throw()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new MinibatchSampler(0, 1, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new MinibatchSampler(1, 0, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new MinibatchSampler(3, 4, 1, dropLast: true));
        Assert.Throws<ArgumentException>(() => new MinibatchSampler(9, 4, 1).Next(new int[3]));
    }

    [Fact]
    public void Gather_copies_the_rows_asked_for()
    {
        var dataset = new Dataset("d", 2, new float[] { 1, 2, 3, 4, 5, 6 }, 1, new float[] { 10, 20, 30 });
        float[] inputs = new float[5], targets = new float[3];

        MinibatchSampler.Gather(dataset, [2, 0], inputs, targets);

        Assert.Equal([5, 6, 1, 2, 0], inputs);
        Assert.Equal([30, 10, 0], targets);
        Assert.Throws<ArgumentException>(() => MinibatchSampler.Gather(dataset, [0, 1], new float[3], targets));
        Assert.Throws<ArgumentException>(() => MinibatchSampler.Gather(dataset, [0, 1], inputs, new float[1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => MinibatchSampler.Gather(dataset, [3], inputs, targets));
    }
}
