using MicroGpt.Generator.Spec;
using MicroGpt.Generator.Targets.Cpu.Lowering;
using MicroGpt.Generator.Text;

namespace MicroGpt.Generator.Targets.Cpu.Printing;

/// <summary>What is computed in pieces of the rows: the loop over them, and the schedules of a piece.</summary>
internal sealed class PiecesPrinter(CompiledModel model)
{
    private PieceSchedules Pieces => model.Pieces!;

    private string Rule => model.Spec.Optimizer switch
    {
        Optimizer.Adam => "_stepSize, _epsilon, ",
        Optimizer.AdamW => "_stepSize, _epsilon, _keep, ",
        _ => "_stepSize, ",
    };

    public void Print(CodeWriter w)
    {
        w.Summary("Rows whose logits exist at once, at most.");
        w.Line($"private const int PieceRows = {Pieces.Rows};").Line();
        PrintLoop(w);
        w.Line();
        Schedule(w, "ForwardPiece").Print(
            Pieces.Forward, "The end of the forward pass for a piece of the rows; returns what these add to the mean loss.");
        w.Line();
        Schedule(w, "BackwardPiece").Print(
            Pieces.Backward, "The beginning of the backward pass for a piece of the rows; updates wait for the last piece.");
        w.Line();
        Schedule(w, "GradientPiece").Print(Pieces.Gradient, "The same where gradients are stored.");
    }

    private void PrintLoop(CodeWriter w)
    {
        w.Summary(
            "From the last activations to the loss, which it returns, and back to their gradient, one piece of the rows after another.");
        w.Line("[MethodImpl(MethodImplOptions.AggressiveOptimization)]");
        using (w.Block($"private double DividedRows<K>(Part part) where K : struct, {KernelFilesPrinter.Contract(model.Spec.Precision)}"))
        {
            w.Line("// Pieces of nearly one size, so that none is much smaller than the others.");
            w.Line("int all = _rows.Rows;");
            w.Line("int pieces = ((all - 1) / PieceRows) + 1;");
            w.Line($"int most = ((((all - 1) / pieces) / {CpuTarget.RowsMultiple}) + 1) * {CpuTarget.RowsMultiple};");
            w.Line("double loss = 0;");
            using (w.Block("for (int first = 0; first < all; first += most)"))
            {
                w.Line("int rows = Math.Min(most, all - first);");
                w.Line("loss += ForwardPiece<K>(first, rows, part);");
                using (w.Block("if (_kind == StepKind.Train)"))
                {
                    w.Line($"BackwardPiece<K>(first, rows, {Rule}part);");
                }

                using (w.Block("else if (_kind == StepKind.Gradient)"))
                {
                    w.Line("GradientPiece<K>(first, rows, part);");
                }
            }

            w.Line();
            w.Line("return loss;");
        }
    }

    private SchedulePrinter Schedule(CodeWriter w, string direction) =>
        new(model, w, direction, model.Plan, decodes: false, inPieces: true);
}
