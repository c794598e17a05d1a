namespace MicroGpt.Generator.Targets.Cpu.Kernels;

internal abstract record Statement;

/// <summary>Declares a local: a number or a vector.</summary>
internal sealed record Let(string Name, Expr Value) : Statement;

/// <summary>Declares a local integer.</summary>
internal sealed record LetInteger(string Name, string Value) : Statement;

/// <summary>Declares an offset, which may exceed 32 bits.</summary>
internal sealed record LetOffset(string Name, string Value) : Statement;

/// <summary>Declares an address.</summary>
internal sealed record LetAddress(string Name, string Value, bool Writable) : Statement;

/// <summary>Declares room for so many numbers, aligned to a cache line, until the kernel returns.</summary>
internal sealed record LetScratch(string Name, int Elements) : Statement;

/// <summary>Declares a double-precision sum.</summary>
internal sealed record LetDouble(string Name, string Value) : Statement;

internal sealed record Assign(string Name, Expr Value) : Statement;

/// <summary>Assigns to an integer, an address or a double: text.</summary>
internal sealed record AssignText(string Name, string Value) : Statement;

/// <summary>Stores a vector at an address.</summary>
internal sealed record Store(string Address, Expr Value) : Statement;

/// <summary>Stores a number: <c>address[index] = value</c>.</summary>
internal sealed record StoreElement(string Address, string Index, Expr Value) : Statement;

/// <summary>A counted loop; steps are further assignments made each time.</summary>
internal sealed record For(string Variable, string From, string To, string Step, IReadOnlyList<(string Name, string By)> Advances, Block Body) : Statement
{
    /// <summary>Whether the variable counts elements of an address; with 32 bits each use would cost a widening of its own.</summary>
    public bool IsOffset { get; init; }
}

internal sealed record While(string Condition, Block Body) : Statement;

internal sealed record If(string Condition, Block Then) : Statement;

/// <summary>One of several bodies, by an integer.</summary>
internal sealed record Switch(string Value, IReadOnlyList<(int Case, Block Body)> Cases) : Statement;

/// <summary>Transposes a block of P rows of P numbers into another.</summary>
internal sealed record Transpose(string From, string To) : Statement;

/// <summary>Draws the factors of dropout for one row of a panel, from a channel on.</summary>
internal sealed record FillFactors(string Site, string Address, string Row, string Channel) : Statement;

/// <summary>Waits for the other threads.</summary>
internal sealed record Wait : Statement;

internal sealed record Comment(string Text) : Statement;

internal sealed record Return(string Value) : Statement;

/// <summary>Statements that belong together and stand on one line.</summary>
internal sealed record Together(IReadOnlyList<Statement> Statements) : Statement;

/// <summary>A sequence of statements, with short ways of adding to it.</summary>
internal sealed class Block
{
    private readonly List<Statement> _statements = [];

    public IReadOnlyList<Statement> Statements => _statements;

    public Block Add(Statement statement)
    {
        _statements.Add(statement);
        return this;
    }

    /// <summary>Declares a number or vector and gives its name as an expression.</summary>
    public Expr Let(string name, Expr value)
    {
        Add(new Let(name, value));
        return name;
    }

    public void LetInteger(string name, string value) => Add(new LetInteger(name, value));

    public void LetAddress(string name, string value, bool writable = false) => Add(new LetAddress(name, value, writable));

    public void Assign(string name, Expr value) => Add(new Assign(name, value));

    public void Assign(string name, string text) => Add(new AssignText(name, text));

    public void Store(string address, Expr value) => Add(new Store(address, value));

    public void StoreElement(string address, string index, Expr value) => Add(new StoreElement(address, index, value));

    public void Comment(string text) => Add(new Comment(text));

    /// <summary>A loop from 0 in steps of one.</summary>
    public void For(string variable, string to, Action<Block> body, params (string Name, string By)[] advances) =>
        For(variable, "0", to, "1", body, advances);

    public void For(string variable, string from, string to, string step, Action<Block> body, params (string Name, string By)[] advances)
    {
        var block = new Block();
        body(block);
        Add(new For(variable, from, to, step, advances, block));
    }

    /// <summary>A loop whose variable is an offset.</summary>
    public void ForOffset(string variable, string from, string to, string step, Action<Block> body, params (string Name, string By)[] advances)
    {
        var block = new Block();
        body(block);
        Add(new For(variable, from, to, step, advances, block) { IsOffset = true });
    }

    /// <summary>A loop over this thread's part of so many independent pieces.</summary>
    public void ForPart(string variable, string pieces, Action<Block> body, params (string Name, string By)[] advances) =>
        For(variable, $"part.From({pieces})", $"part.To({pieces})", "1", body, advances);

    /// <summary>
    /// The body for each of a constant number of panels: once, with the variable "0", where there is one; else in a loop.
    /// </summary>
    public void ForPanels(string variable, int count, Action<Block, string> body, params (string Name, string By)[] advances)
    {
        if (count == 1)
        {
            body(this, "0");
        }
        else
        {
            For(variable, Index.N(count), b => body(b, variable), advances);
        }
    }

    /// <summary>Statements on one line.</summary>
    public void Together(Action<Block> body)
    {
        var block = new Block();
        body(block);
        Add(new Together(block.Statements));
    }

    public void If(string condition, Action<Block> then)
    {
        var block = new Block();
        then(block);
        Add(new If(condition, block));
    }
}
